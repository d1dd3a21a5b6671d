/** Does one piece of work after the other; what is not wanted any more when its turn comes is left out. */
export type OneAtATime = <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T>;

export const createOneAtATime = (): OneAtATime => {
  let last: Promise<unknown> = Promise.resolve();
  return (signal, work) => {
    const done = last.then(() => {
      signal.throwIfAborted();
      return work();
    });
    last = done.catch(() => undefined);
    return done;
  };
};
