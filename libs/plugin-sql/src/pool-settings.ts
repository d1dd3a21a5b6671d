/** Connections that nobody used for a while are closed. */
export const POOL = { min: 0, idleTimeoutMillis: 10_000, reapIntervalMillis: 5_000 } as const;

const silent = (): void => {};

/** knex would write its warnings, with what is in them, to the worker's output. */
export const SILENT_LOG = { debug: silent, warn: silent, error: silent, deprecate: silent };
