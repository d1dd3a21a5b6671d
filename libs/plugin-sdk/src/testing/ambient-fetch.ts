import { AsyncLocalStorage } from 'node:async_hooks';

type Surroundings = {
  readonly fetch: typeof fetch;
  /** How many plugins call one another around this. */
  readonly depth: number;
};

const surroundings = new AsyncLocalStorage<Surroundings>();
let original: typeof fetch | undefined;
let running = 0;

export const currentDepth = (): number => surroundings.getStore()?.depth ?? 0;

/** Runs code whose global `fetch` is the call's own, as in the sandbox; whatever else runs meanwhile keeps the real one. */
export const runSurrounded = async <T>(around: Surroundings, work: () => Promise<T>): Promise<T> => {
  if (running++ === 0) replaceFetch();
  try {
    return await surroundings.run(around, work);
  } finally {
    if (--running === 0 && original !== undefined) globalThis.fetch = original;
  }
};

const replaceFetch = (): void => {
  const real = globalThis.fetch;
  original = real;
  globalThis.fetch = (input, init) => (surroundings.getStore()?.fetch ?? real)(input, init);
};

/** The `fetch` of the machine, also from within a call. */
export const realFetch = (): typeof fetch => (running === 0 ? globalThis.fetch : (original ?? globalThis.fetch));
