/**
 * The same plugin interface with all the rights of the user who starts it: shows what an attempt does where nothing holds it.
 * Runs in Deno with `-A`; arguments: the URL of the module, and the calls as JSON.
 */
type Call = {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
  readonly secrets: Readonly<Record<string, string>>;
};
type Contribution = { readonly name: string; readonly run: (input: unknown, ctx: object) => unknown };
type DenoApi = {
  readonly args: readonly [string, string];
  readonly stdout: { writeSync(bytes: Uint8Array): number };
  exit(code: number): never;
};

const deno = (globalThis as unknown as { readonly Deno: DenoApi }).Deno;
const encoder = new TextEncoder();
const write = (frame: object): void => {
  let bytes = encoder.encode(`${JSON.stringify(frame)}\n`);
  while (bytes.length > 0) bytes = bytes.slice(deno.stdout.writeSync(bytes));
};

const logOf =
  (id: number, level: string) =>
  (...parts: unknown[]): void =>
    write({ type: 'log', id, level, message: parts.map((part) => textOf(part)).join(' ') });

const textOf = (part: unknown): string => {
  if (part instanceof Error) return part.message;
  return typeof part === 'string' ? part : JSON.stringify(part);
};

const contextOf = ({ id, secrets }: Call): object => ({
  fetch,
  logger: {
    debug: logOf(id, 'debug'),
    info: logOf(id, 'info'),
    warn: logOf(id, 'warn'),
    error: logOf(id, 'error'),
  },
  signal: new AbortController().signal,
  secrets,
  idempotencyKey: 'naive',
  task: { runId: 'run-1', stepId: 'go', attempt: 1 },
  clock: { now: () => Date.now(), sleep: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)) },
  metrics: {
    count: (name: string, by = 1, labels: object = {}) =>
      write({ type: 'metric', id, kind: 'counter', name, value: by, labels }),
    record: (name: string, value: number, labels: object = {}) =>
      write({ type: 'metric', id, kind: 'histogram', name, value, labels }),
  },
  blobs: {
    put: async (bytes: Uint8Array) => write({ type: 'blob_put', id, sizeBytes: bytes.length }),
    get: async (reference: { readonly blob: string }) => write({ type: 'blob_get', id, reference }),
  },
  plugins: { call: async (uses: string, input: unknown) => write({ type: 'plugin_call', id, uses, input }) },
  progress: (fraction: number, message?: string) => write({ type: 'progress', id, fraction, message }),
  cost: (usd: number) => write({ type: 'cost', id, usd }),
  span: async (name: string, work: (span: object) => unknown, attributes: object = {}) => {
    const output = await work({ set: () => {} });
    write({ type: 'span', id, name, attributes });
    return output;
  },
});

const errorOf = (thrown: unknown): object => {
  const { name, message, code, hint } = (thrown ?? {}) as Record<string, unknown>;
  return { name, message: message ?? String(thrown), code, hint };
};

for (const level of ['debug', 'info', 'warn', 'error', 'log']) {
  (console as unknown as Record<string, unknown>)[level] = logOf(0, level === 'log' ? 'info' : level);
}
const module = (await import(deno.args[0])) as {
  readonly plugin: {
    readonly contributions: readonly Contribution[];
    readonly init?: (ctx: object) => unknown;
    readonly shutdown?: () => unknown;
  };
};
let isReady = false;
for (const call of JSON.parse(deno.args[1]) as readonly Call[]) {
  try {
    if (!isReady) await module.plugin.init?.(contextOf(call));
    isReady = true;
    const output = await module.plugin.contributions
      .find(({ name }) => name === call.name)
      ?.run(call.input, contextOf(call));
    write({ type: 'result', id: call.id, output: output ?? null });
  } catch (error) {
    write({ type: 'error', id: call.id, error: errorOf(error) });
  }
}
await module.plugin.shutdown?.();
deno.exit(0);
