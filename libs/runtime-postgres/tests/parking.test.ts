import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { chainOf, createObservedWork, type Definition, openHarness, type RuntimeHarness } from './runtime-harness.ts';

const PATIENTLY = { timeout: 10_000 };
const HOUR_MS = 3_600_000;

let harness: RuntimeHarness;

beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());
afterEach(() => harness.stopAll());

const { execute } = createObservedWork();

/** Nothing that only waits stays in memory. */
const COLD = { maxIdleRuns: 0 };

const WAITS = chainOf('waits', [
  { id: 'w', uses: 'core.wait', with: { signal: 'go' } },
  { id: 'after', uses: 'test.echo' },
]);
const ASKS = chainOf('asks', [
  { id: 'ok', uses: 'human.approval' },
  { id: 'after', uses: 'test.echo' },
]);
const NAPS = chainOf('naps', [{ id: 'nap', uses: 'core.wait', with: { duration: '1h' } }]);

const startParked = async (definition: Definition) => {
  const pipeline = await harness.create(definition);
  const runId = await harness.fixtures.startRun(pipeline);
  await harness.untilParked(runId);
  return { pipeline, runId };
};

const signal = (payload: string | number) => ({ kind: 'signal', payload: { name: 'go', payload } }) as const;
const approve = {
  kind: 'decide_approval',
  payload: { key: 'ok#/', decision: 'approve', by: 'ann', roles: [] },
} as const;

describe('a run that only waits leaves memory', () => {
  test('for an approval, until somebody decides', async () => {
    await harness.start(execute, COLD);
    const { pipeline, runId } = await startParked(ASKS);
    expect(await harness.stateOf(runId)).toMatchObject({ status: 'waiting', waitReason: 'approval', wakeAt: null });
    await harness.fixtures.tellRun(pipeline, runId, approve);
    expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded' });
    expect(await harness.stateOf(runId)).toMatchObject({ isParked: false, wakeAt: null });
  });

  test('for an hour, and goes on when it has passed', async () => {
    let passedMs = 0;
    const clock = { now: () => Date.now() + passedMs, elapsed: () => performance.now() + passedMs };
    await harness.start(execute, { ...COLD, clock });
    const begunAt = Date.now();
    const { runId } = await startParked(NAPS);
    const { wakeAt } = await harness.stateOf(runId);
    expect(wakeAt?.getTime()).toBeGreaterThanOrEqual(begunAt + HOUR_MS);
    passedMs = HOUR_MS;
    expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded' });
  });

  test('for a signal, also over a restart', async () => {
    await harness.start(execute, COLD);
    const { pipeline, runId } = await startParked(WAITS);
    await harness.stopAll();
    await harness.start(execute, COLD);
    await harness.fixtures.tellRun(pipeline, runId, signal('now'));
    expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded' });
  });

  test('for a sub-pipeline, until that ends', async () => {
    const work = createObservedWork();
    await harness.start(work.execute, COLD);
    const name = 'below-parked';
    const child = { name, steps: [{ id: 'x', uses: 'core.wait', with: { signal: 'go' } }], outputs: { n: 4 } };
    const below = await harness.fixtures.createPipeline(harness.tenantId, child, { name });
    const above = await harness.create(
      chainOf('above', [{ id: 'sub', uses: `pipeline:${name}` }], { outputs: { n: '{{ steps.sub.output.n }}' } }),
    );
    const runId = await harness.fixtures.startRun(above);
    const childId = await untilChildOf(runId);
    await harness.untilParked(childId);
    await harness.untilParked(runId);
    await harness.fixtures.tellRun(below, childId, signal('now'));
    expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded', outputs: { n: 4 } });
  });
});

const untilChildOf = async (runId: string): Promise<string> => {
  const find = async (): Promise<string | undefined> => {
    const found = await harness.fixtures.pool.query<{ id: string }>('select id from runs where parent_run_id = $1', [
      runId,
    ]);
    return found.rows[0]?.id;
  };
  await expect.poll(find, PATIENTLY).toBeDefined();
  return (await find()) ?? '';
};

describe('a parked run', () => {
  test('is paused and resumed', async () => {
    await harness.start(execute, COLD);
    const { pipeline, runId } = await startParked(WAITS);
    await harness.fixtures.tellRun(pipeline, runId, { kind: 'pause', payload: {} });
    await expect.poll(() => harness.stateOf(runId), PATIENTLY).toMatchObject({ waitReason: 'paused', isParked: true });
    await harness.fixtures.tellRun(pipeline, runId, signal('now'));
    await expect.poll(() => harness.unanswered(runId), PATIENTLY).toBe(0);
    await harness.untilParked(runId);
    expect(await harness.stateOf(runId)).toMatchObject({ status: 'waiting', waitReason: 'paused' });
    await harness.fixtures.tellRun(pipeline, runId, { kind: 'resume', payload: {} });
    expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded' });
  });

  test('is canceled and undoes what it did, the latest first', async () => {
    const work = createObservedWork();
    await harness.start(work.execute, COLD);
    const booked = (id: string) => ({ id, uses: 'test.echo', compensate: { uses: 'test.undo', with: { id } } });
    const wait = { id: 'w', uses: 'core.wait', with: { signal: 'go' } };
    const definition = chainOf('booked', [booked('hotel'), booked('flight'), wait]);
    const { pipeline, runId } = await startParked({
      ...definition,
      flow: { ...definition.flow, on_failure: 'compensate' },
    });
    await harness.fixtures.cancelRun(pipeline, runId, 'plans changed');
    expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ status: 'canceled' });
    expect(work.calls.map(({ uses, stepId }) => `${uses} ${stepId}`)).toEqual([
      'test.echo hotel',
      'test.echo flight',
      'test.undo flight',
      'test.undo hotel',
    ]);
  });

  test('of a thousand is the only one that a restart takes up when it is told something', async () => {
    const pipeline = await harness.create(ASKS);
    await harness.start(execute, COLD);
    await harness.fixtures.pool.query(
      `insert into runs (id, tenant_id, pipeline_id, pipeline_version_id, parameters, trigger, seed, created_by)
       select gen_random_uuid(), $1, $2, $3, '{}', '{}', 7, 'tester' from generate_series(1, 1000)`,
      [pipeline.tenantId, pipeline.pipelineId, pipeline.versionId],
    );
    await harness.fixtures.pool.query("notify run_inbox, ''");
    const parked = async (): Promise<string[]> => {
      const found = await harness.fixtures.pool.query<{ id: string }>(
        'select id from runs where pipeline_id = $1 and is_parked',
        [pipeline.pipelineId],
      );
      return found.rows.map(({ id }) => id);
    };
    await expect.poll(async () => (await parked()).length, { timeout: 20_000, interval: 100 }).toBe(1_000);
    await expect.poll(harness.heldRuns, PATIENTLY).toBe(0);
    await harness.stopAll();

    expect((await harness.fixtures.pool.query('select * from open_runs()')).rows).toEqual([]);
    const work = createObservedWork();
    await harness.start(work.execute, COLD);
    const [first = ''] = await parked();
    await harness.fixtures.tellRun(pipeline, first, approve);
    expect(await harness.fixtures.untilEnded(first)).toMatchObject({ status: 'succeeded' });
    expect(await parked()).toHaveLength(999);
    expect(work.calls).toHaveLength(1);
  });
});

test('signals that come while runs are being parked are taken once each, in their order', async () => {
  await harness.start(execute, COLD);
  const rounds = Array.from({ length: 8 }, (_, index) => index);
  const steps = rounds.map((round) => ({ id: `w${round}`, uses: 'core.wait', with: { signal: 'go' } }));
  const outputs = Object.fromEntries(rounds.map((round) => [`w${round}`, `{{ steps.w${round}.output }}`]));
  const pipeline = await harness.create(chainOf('stream', steps, { outputs }));
  const runs = await Promise.all(Array.from({ length: 12 }, () => harness.fixtures.startRun(pipeline)));
  await Promise.all(
    runs.map(async (runId) => {
      for (const round of rounds) await harness.fixtures.tellRun(pipeline, runId, signal(round));
    }),
  );
  for (const runId of runs) {
    expect(await harness.fixtures.untilEnded(runId)).toMatchObject({
      status: 'succeeded',
      outputs: Object.fromEntries(rounds.map((round) => [`w${round}`, round])),
    });
  }
});
