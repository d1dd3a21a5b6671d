import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createDownloads } from './downloads.ts';

const log = pino({ level: 'silent' });

function fakePool() {
  const written: unknown[] = [];
  const state = { isAway: false };
  const query = async (_sql: string, values: readonly string[]) => {
    if (state.isAway) throw new Error('away');
    written.push(JSON.parse(values[0] ?? ''));
    return { rows: [] };
  };
  return { state, written, pool: { query } as never };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('writes down together what was fetched in a while', async () => {
  const { pool, written } = fakePool();
  const downloads = createDownloads({ pool, log, flushIntervalMs: 100 });
  downloads.count('@c/a', '1.0.0');
  downloads.count('@c/a', '1.0.0');
  downloads.count('@c/b', '2.0.0');
  await vi.advanceTimersByTimeAsync(250);
  const rows = [
    { name: '@c/a', version: '1.0.0', count: 2 },
    { name: '@c/b', version: '2.0.0', count: 1 },
  ];
  expect(written).toEqual([rows]);
  downloads.count('@c/a', '1.0.0');
  await downloads.stop();
  expect(written.at(-1)).toEqual([{ name: '@c/a', version: '1.0.0', count: 1 }]);
});

it('keeps a bounded number of versions while the database is away', async () => {
  const { pool, written, state } = fakePool();
  state.isAway = true;
  const downloads = createDownloads({ pool, log, maxVersions: 2 });
  for (const name of ['@c/a', '@c/b', '@c/c', '@c/a']) downloads.count(name, '1.0.0');
  await downloads.flush();
  downloads.count('@c/b', '1.0.0');
  state.isAway = false;
  await downloads.stop();
  expect(written).toEqual([
    [
      { name: '@c/a', version: '1.0.0', count: 2 },
      { name: '@c/b', version: '1.0.0', count: 2 },
    ],
  ]);
});
