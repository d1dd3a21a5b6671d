import { setTimeout as delay } from 'node:timers/promises';
import type { TaskExecutor, TaskLogLine } from '@ia-modules/engine';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { chainOf, openHarness, type RuntimeHarness } from './runtime-harness.ts';

let harness: RuntimeHarness;

beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());
afterEach(() => harness.stopAll());

type Line = TaskLogLine & { readonly seq: number; readonly stepId?: string; readonly attempt?: number };

const linesOf = async (runId: string): Promise<Line[]> => {
  const { rows } = await harness.fixtures.pool.query<{ first: number; last: number; lines: Line[] }>(
    'select first_seq::int as first, last_seq::int as last, lines from run_log_chunks where run_id = $1 order by first_seq',
    [runId],
  );
  return rows.flatMap(({ first, last, lines }) => {
    expect(last - first + 1).toBe(lines.length);
    return lines.map((line, place) => ({ ...line, seq: first + place }));
  });
};

const logging =
  (work: (say: (message: string) => void, stepId: string) => Promise<void> | void): TaskExecutor['execute'] =>
  async ({ stepId }, { emitStarted, log }) => {
    await emitStarted({ worker: 'test' });
    await work((message) => log({ level: 'info', message }), stepId);
    return null;
  };

const run = async (execute: TaskExecutor['execute'], steps = ['a']): Promise<string> => {
  await harness.start(execute);
  const definition = chainOf(
    'logs',
    steps.map((id) => ({ id, uses: 'test.log' })),
  );
  const runId = await harness.startRun(await harness.create(definition));
  await harness.fixtures.untilEnded(runId);
  return runId;
};

test('what attempts write is there when the run has ended, numbered without gaps', async () => {
  const runId = await run(
    logging((say, stepId) => {
      say(`${stepId} begins`);
      say(`${stepId} ends`);
    }),
    ['a', 'b'],
  );
  const lines = await linesOf(runId);
  expect(lines.map(({ seq, stepId, attempt, level, message }) => [seq, stepId, attempt, level, message])).toEqual([
    [1, 'a', 1, 'info', 'a begins'],
    [2, 'a', 1, 'info', 'a ends'],
    [3, 'b', 1, 'info', 'b begins'],
    [4, 'b', 1, 'info', 'b ends'],
  ]);
});

test('lines of a run that is at work are announced soon', async () => {
  const listener = new Client({ connectionString: harness.databaseUrl });
  await listener.connect();
  const heard = Promise.withResolvers<string>();
  listener.on('notification', ({ payload }) => heard.resolve(payload ?? ''));
  await listener.query('listen run_logs');
  const done = Promise.withResolvers<void>();
  await harness.start(
    logging(async (say) => {
      say('still here');
      await done.promise;
    }),
  );
  const runId = await harness.startRun(await harness.create(chainOf('busy', [{ id: 'a', uses: 'test.log' }])));
  expect(await heard.promise).toBe(`${harness.tenantId}:${runId}:1`);
  expect((await linesOf(runId)).map(({ message }) => message)).toEqual(['still here']);
  done.resolve();
  await harness.fixtures.untilEnded(runId);
  await listener.end();
});

test('another worker goes on behind the last line', async () => {
  const said = Promise.withResolvers<void>();
  const execute: TaskExecutor['execute'] = async (_request, { log, signal }) => {
    log({ level: 'info', message: 'first worker' });
    said.resolve();
    await delay(60_000, undefined, { signal });
    return null;
  };
  await harness.start(execute);
  const runId = await harness.startRun(await harness.create(chainOf('moved', [{ id: 'a', uses: 'test.log' }])));
  await said.promise;
  await harness.stopAll();
  await harness.start(logging((say) => say('second worker')));
  await harness.fixtures.untilEnded(runId);
  expect((await linesOf(runId)).map(({ seq, message }) => [seq, message])).toEqual([
    [1, 'first worker'],
    [2, 'second worker'],
  ]);
});

test('a run that writes too much keeps its first 10,000 lines and one that says so', async () => {
  const runId = await run(
    logging((say) => {
      for (let count = 1; count <= 10_500; count += 1) say(`line ${count}`);
    }),
    ['a', 'b'],
  );
  const lines = await linesOf(runId);
  expect(lines).toHaveLength(10_001);
  expect(lines.at(-2)?.message).toBe('line 10000');
  expect(lines.at(-1)).toMatchObject({ level: 'warn', message: expect.stringContaining('not kept') });
});

test('a run keeps 4 MiB of lines at most', async () => {
  const runId = await run(
    logging((say) => {
      for (let count = 0; count < 700; count += 1) say('x'.repeat(8_000));
    }),
  );
  const lines = await linesOf(runId);
  expect(JSON.stringify(lines).length).toBeLessThan(4.2 * 1_024 * 1_024);
  expect(lines.length).toBeGreaterThan(400);
  expect(lines.at(-1)?.message).toContain('not kept');
});

test('of reports of progress the last one of a moment is kept', async () => {
  const runId = await run(async (_request, { log }) => {
    for (let percent = 0; percent <= 100; percent += 1) {
      log({ level: 'progress', fraction: percent / 100, message: `${percent} %` });
    }
    return null;
  });
  expect((await linesOf(runId)).at(-1)).toMatchObject({ level: 'progress', fraction: 1, message: '100 %' });
  expect((await linesOf(runId)).length).toBeLessThan(10);
});
