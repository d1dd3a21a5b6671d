/** Rejects at a signal, so that servers are stopped and their data is removed. */
export const untilInterrupted = (): Promise<never> => {
  const { promise, reject } = Promise.withResolvers<never>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => reject(new Error(`ended by ${signal}`)));
  promise.catch(() => {}); // It may come before anybody waits for it.
  return promise;
};
