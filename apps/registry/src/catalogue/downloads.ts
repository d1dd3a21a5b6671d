import type { Pool } from 'pg';
import type { Logger } from 'pino';

/** Counts what is fetched, and writes it down every few seconds. */
export type Downloads = Readonly<{
  count(packageName: string, version: string): void;
  /** Writes down what was counted so far; keeps it when that fails. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}>;

export type DownloadsOptions = Readonly<{
  pool: Pick<Pool, 'query'>;
  log: Logger;
  flushIntervalMs?: number;
  /** How many versions are remembered at most while they can't be written down; further ones are not counted then. */
  maxVersions?: number;
}>;

const FLUSH_INTERVAL_MS = 3_000;
const MAX_VERSIONS = 10_000;

export function createDownloads(options: DownloadsOptions): Downloads {
  const { pool, log, flushIntervalMs = FLUSH_INTERVAL_MS, maxVersions = MAX_VERSIONS } = options;
  let counts = new Map<string, number>();
  let flushing = Promise.resolve();

  const add = (key: string, count: number): void => {
    const known = counts.get(key);
    if (known !== undefined || counts.size < maxVersions) counts.set(key, (known ?? 0) + count);
  };
  const write = async (): Promise<void> => {
    if (counts.size === 0) return;
    const written = counts;
    counts = new Map();
    try {
      await pool.query('SELECT count_downloads($1::jsonb)', [JSON.stringify([...written].map(toRow))]);
    } catch (error) {
      log.warn({ err: error }, 'downloads wait for the database');
      for (const [key, count] of written) add(key, count);
    }
  };
  const flush = (): Promise<void> => {
    flushing = flushing.then(write);
    return flushing;
  };
  const timer = setInterval(() => void flush(), flushIntervalMs);
  timer.unref();

  return {
    count: (packageName, version) => add(`${packageName} ${version}`, 1),
    flush,
    stop: async () => {
      clearInterval(timer);
      await flush();
    },
  };
}

function toRow([key, count]: readonly [string, number]): object {
  const [name, version] = key.split(' ');
  return { name, version, count };
}
