import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listEffects } from '@ia-modules/engine';
import type { InboxPayload } from '../src/index.ts';
import { chainOf, createObservedWork, openHarness, type RuntimeHarness } from './runtime-harness.ts';
import { createWorkerProcesses, type WorkerProcesses } from './worker-processes.ts';

const PATIENTLY = { timeout: 20_000 };

let harness: RuntimeHarness;
let workers: WorkerProcesses;

beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());
beforeEach(() => {
  workers = createWorkerProcesses(harness.databaseUrl);
});
afterEach(async () => {
  await workers.close();
  await harness.stopAll();
});

const effectsOf = (runId: string): string[] => workers.effects().filter((key) => key.startsWith(runId));

/** Starts runs, and kills the worker when each has sent its effect. */
const loseEffects = async (onUnknown: 'ask' | 'repeat' | 'fail', count: number) => {
  const pipeline = await harness.create(
    chainOf(
      'pays',
      [
        { id: 'pay', uses: 'test.hang', on_unknown: onUnknown },
        { id: 'next', uses: 'test.echo' },
      ],
      { outputs: { pay: '{{ steps.pay.output }}' } },
    ),
  );
  const worker = workers.start();
  await worker.leading;
  const runs = await Promise.all(Array.from({ length: count }, () => harness.fixtures.startRun(pipeline)));
  await expect.poll(() => runs.every((runId) => effectsOf(runId).length === 1), PATIENTLY).toBe(true);
  // The start of what may not be repeated stands in the log before it is sent.
  if (onUnknown !== 'repeat') {
    for (const runId of runs) {
      expect((await harness.fixtures.events(runId)).map(({ type }) => type)).toContain('task_started');
    }
  }
  await worker.kill('SIGKILL');
  return { pipeline, runs };
};

describe('an effect whose worker was killed', () => {
  test('waits to be asked about, and goes on as somebody says', async () => {
    const decisions: Omit<InboxPayload['decide_effect'], 'key'>[] = [
      { decision: 'repeat' },
      { decision: 'confirm', output: { receipt: 7 } },
      { decision: 'fail' },
    ];
    const { pipeline, runs } = await loseEffects('ask', decisions.length);
    const work = createObservedWork();
    await harness.start(async (request, execution) => {
      await work.execute({ ...request, uses: 'test.echo' }, execution);
      return 'made again';
    });
    for (const runId of runs) {
      await expect
        .poll(() => harness.stateOf(runId), PATIENTLY)
        .toMatchObject({
          status: 'waiting',
          waitReason: 'effect',
        });
    }
    expect(work.calls).toEqual([]);
    for (const [index, decision] of decisions.entries()) {
      const payload = { key: 'pay#/@1', ...decision };
      await harness.fixtures.tellRun(pipeline, runs[index] ?? '', { kind: 'decide_effect', payload });
    }
    const [repeated = '', confirmed = '', failed = ''] = runs;
    expect(await harness.fixtures.untilEnded(repeated)).toMatchObject({ outputs: { pay: 'made again' } });
    expect(await harness.fixtures.untilEnded(confirmed)).toMatchObject({ outputs: { pay: { receipt: 7 } } });
    expect(await harness.fixtures.untilEnded(failed)).toMatchObject({ error: { code: 'IA_EFFECT_UNKNOWN' } });
    expect(work.calls.filter(({ stepId }) => stepId === 'pay').map(({ idempotencyKey }) => idempotencyKey)).toEqual([
      effectsOf(repeated)[0],
    ]);
    expect(listEffects(await harness.fixtures.events(repeated))).toContainEqual(
      expect.objectContaining({ stepId: 'pay', state: 'confirmed', attempt: 2 }),
    );
  });

  test('is repeated under the same key where it may be', async () => {
    const { runs } = await loseEffects('repeat', 2);
    const work = createObservedWork();
    await harness.start((request, execution) => work.execute({ ...request, uses: 'test.echo' }, execution));
    for (const runId of runs) {
      expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded' });
      const again = work.calls.filter(({ idempotencyKey }) => idempotencyKey === effectsOf(runId)[0]);
      expect(again).toHaveLength(1);
    }
  });

  test('fails its run where it must be neither repeated nor asked about', async () => {
    const { runs } = await loseEffects('fail', 1);
    const work = createObservedWork();
    await harness.start(work.execute);
    expect(await harness.fixtures.untilEnded(runs[0] ?? '')).toMatchObject({ error: { code: 'IA_EFFECT_UNKNOWN' } });
    expect(work.calls).toEqual([]);
  });
});

test('an effect that was planned and not sent is simply made', async () => {
  const pipeline = await harness.create(chainOf('planned', [{ id: 'pay', uses: 'test.pay', on_unknown: 'ask' }]));
  const planned = Promise.withResolvers<void>();
  await harness.start((_request, { signal }) => {
    planned.resolve();
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
  });
  const runId = await harness.fixtures.startRun(pipeline);
  await planned.promise;
  await harness.stopAll();
  const work = createObservedWork();
  await harness.start(work.execute);
  expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded' });
  expect(work.stepsOf(runId)).toEqual(['pay']);
});
