/** Lends each value to one piece of work at a time; work that finds none waits its turn. */
export type Lanes<T> = <R>(work: (value: T) => Promise<R>) => Promise<R>;

export const createLanes = <T>(values: readonly T[]): Lanes<T> => {
  const free = [...values];
  const waiting: ((value: T) => void)[] = [];
  return async (work) => {
    const [value] = free.splice(0, 1);
    const own = value ?? (await new Promise<T>((resolve) => waiting.push(resolve)));
    try {
      return await work(own);
    } finally {
      const next = waiting.shift();
      if (next === undefined) free.push(own);
      else next(own);
    }
  };
};
