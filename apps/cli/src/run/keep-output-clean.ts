/**
 * Sends what local steps print with `console` to standard error while the work goes on: standard output holds the result
 * alone.
 */
export const keepOutputClean = async <T>(work: () => Promise<T>): Promise<T> => {
  const { log, info, debug } = console;
  const toStandardError = (...parts: unknown[]): void => console.error(...parts);
  Object.assign(console, { log: toStandardError, info: toStandardError, debug: toStandardError });
  try {
    return await work();
  } finally {
    Object.assign(console, { log, info, debug });
  }
};
