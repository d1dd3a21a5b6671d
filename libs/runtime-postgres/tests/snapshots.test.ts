import type { JsonObject, RunEvent } from '@ia-modules/engine';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { PipelineFixture } from '../src/testing.ts';
import { chainOf, createObservedWork, openHarness, type RuntimeHarness } from './runtime-harness.ts';

const PATIENTLY = { timeout: 20_000 };
const COLD = { maxIdleRuns: 0 };
const HOUR_MS = 3_600_000;

let harness: RuntimeHarness;

beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());
afterEach(() => harness.stopAll());

type Snapshot = { readonly seq: number; readonly bytes: number };

const snapshotOf = async (runId: string): Promise<Snapshot | undefined> => {
  const { rows } = await harness.fixtures.pool.query<Snapshot>(
    'select seq::int as seq, length(state) as bytes from run_snapshots where run_id = $1',
    [runId],
  );
  return rows[0];
};

const untilSnapshot = async (runId: string): Promise<void> => {
  await expect.poll(() => snapshotOf(runId), PATIENTLY).toBeDefined();
};

/** Without what differs from run to run. */
const courseOf = (events: readonly RunEvent[]): JsonObject[] =>
  events.map(
    ({ runId, at: _at, ...event }) => JSON.parse(JSON.stringify(event).replaceAll(runId, 'run')) as JsonObject,
  );

const ITEMS = Array.from({ length: 200 }, (_, index) => index);
const MANY = { id: 'many', uses: 'core.noop', for_each: { items: ITEMS }, with: { n: '{{ item }}' } };
const WAITS = chainOf(
  'waits',
  [MANY, { id: 'w', uses: 'core.wait', with: { signal: 'go' } }, { id: 'z', uses: 'test.echo' }],
  {
    outputs: { last: '{{ steps.many.output[199].n }}', signal: '{{ steps.w.output }}' },
  },
);
const SIGNAL = { kind: 'signal', payload: { name: 'go', payload: 'now' } } as const;

/** Spoils a run's snapshot in one way or another. */
const SPOILERS: Readonly<Record<string, string>> = {
  kept: 'select $1::uuid',
  gone: 'delete from run_snapshots where run_id = $1',
  'of another format': `update run_snapshots set format = 'another' where run_id = $1`,
  'cut off': 'update run_snapshots set state = substring(state from 1 for length(state) / 2) where run_id = $1',
  empty: `update run_snapshots set state = '' where run_id = $1`,
  'changed in its numbers': `update run_snapshots set state = decode(regexp_replace(encode(state, 'hex'),
    '490a', '490c', 'g'), 'hex') where run_id = $1`,
  'of something else': `update run_snapshots set state = '\\xff0f490a'::bytea where run_id = $1`,
};

test('a run goes on the same with its snapshot, without, and when that is spoilt', async () => {
  const pipeline = await harness.create(WAITS);
  const courses = new Map<string, JsonObject[]>();
  for (const [name, sql] of Object.entries(SPOILERS)) {
    await harness.start(createObservedWork().execute, COLD);
    const runId = await harness.fixtures.startRun(pipeline);
    await harness.untilParked(runId);
    await untilSnapshot(runId);
    await harness.fixtures.pool.query(sql, [runId]);
    await harness.fixtures.tellRun(pipeline, runId, SIGNAL);
    const { status, outputs } = await harness.fixtures.untilEnded(runId);
    expect({ name, status, outputs }).toEqual({ name, status: 'succeeded', outputs: { last: 199, signal: 'now' } });
    courses.set(name, courseOf(await harness.fixtures.events(runId)));
    await harness.stopAll();
  }
  const [first] = courses.values();
  for (const [name, course] of courses) expect({ name, course }).toEqual({ name, course: first });
});

const begin = async (pipeline: PipelineFixture, hasSnapshot: boolean): Promise<string> => {
  const runId = await harness.fixtures.startRun(pipeline);
  await harness.untilParked(runId);
  await untilSnapshot(runId);
  if (!hasSnapshot) await harness.fixtures.pool.query('delete from run_snapshots where run_id = $1', [runId]);
  return runId;
};

test('a snapshot keeps approvals, timers, sub-pipelines and signals that are open', async () => {
  let passedMs = 0;
  const clock = { now: () => Date.now() + passedMs, elapsed: () => performance.now() + passedMs };
  const name = 'below-snapshot';
  const below = await harness.fixtures.createPipeline(
    harness.tenantId,
    chainOf(name, [{ id: 'x', uses: 'core.wait', with: { signal: 'go' } }], { outputs: { n: '{{ steps.x.output }}' } }),
    { name },
  );
  const waits: JsonObject[] = [
    { id: 'ok', uses: 'human.approval', with: { assignees: ['ann'], escalation: [{ after: '30m', to: ['boss'] }] } },
    { id: 'nap', uses: 'core.wait', with: { duration: '1h' } },
    { id: 'sub', uses: `pipeline:${name}` },
    { id: 'early', uses: 'core.wait', with: { signal: 'other' } },
    { id: 'w', uses: 'core.wait', with: { signal: 'go' } },
  ];
  const pipeline = await harness.create({
    name: 'open',
    steps: [MANY, ...waits, { id: 'join', uses: 'core.noop' }],
    flow: {
      transitions: waits.flatMap(({ id }) => [
        { from: 'many', to: id },
        { from: id, to: 'join' },
      ]),
    },
    outputs: { approved: '{{ steps.ok.output.approved }}', n: '{{ steps.sub.output.n }}', w: '{{ steps.w.output }}' },
  });
  await harness.start(createObservedWork().execute, { ...COLD, clock });
  for (const hasSnapshot of [true, false]) {
    const runId = await begin(pipeline, hasSnapshot);
    passedMs += HOUR_MS;
    const { rows } = await harness.fixtures.pool.query<{ id: string }>('select id from runs where parent_run_id = $1', [
      runId,
    ]);
    await harness.fixtures.tellRun(below, rows[0]?.id ?? '', { ...SIGNAL, payload: { name: 'go', payload: 5 } });
    await harness.fixtures.tellRun(pipeline, runId, { kind: 'signal', payload: { name: 'other', payload: null } });
    await harness.fixtures.tellRun(pipeline, runId, SIGNAL);
    const assignees = async (): Promise<unknown> =>
      (await harness.fixtures.pool.query('select assignees from approvals where run_id = $1', [runId])).rows;
    await expect.poll(assignees, PATIENTLY).toEqual([{ assignees: ['ann', 'boss'] }]);
    await harness.fixtures.tellRun(pipeline, runId, {
      kind: 'decide_approval',
      payload: { key: 'ok#/', decision: 'approve', by: 'boss', roles: [] },
    });
    expect(await harness.fixtures.untilEnded(runId)).toMatchObject({
      status: 'succeeded',
      outputs: { approved: true, n: 5, w: 'now' },
    });
  }
});

test('a long run at work is taken up from its snapshot, with its limits and its unfinished attempt', async () => {
  const work = createObservedWork();
  const definition = {
    name: 'long',
    steps: [
      { id: 'turn', uses: 'core.noop', with: { n: '{{ iteration }}' } },
      { id: 'hold', uses: 'test.hold', concurrency: { key: 'one' } },
      { id: 'end', uses: 'test.echo' },
    ],
    flow: {
      start_at: 'turn',
      transitions: [
        { from: 'turn', to: 'turn', condition: 'iteration < 2600', loop: { max_iterations: 2_600 } },
        { from: 'turn', to: 'hold', default: true },
        { from: 'hold', to: 'end' },
      ],
    },
    outputs: { n: '{{ steps.turn.output.n }}', held: '{{ steps.hold.output }}' },
  };
  const pipeline = await harness.create(definition);
  await harness.start(work.execute);
  const runId = await harness.fixtures.startRun(pipeline);
  await work.untilHeld(runId);
  await untilSnapshot(runId);
  const [snapshot, { lastSeq }] = [await snapshotOf(runId), await harness.fixtures.readRun(runId)];
  expect(snapshot?.seq).toBeGreaterThan(5_000);
  expect(snapshot?.seq).toBeLessThanOrEqual(lastSeq);
  await harness.stopAll();
  await harness.start(work.execute);
  await work.untilHeld(runId);
  const other = await harness.fixtures.startRun(pipeline);
  await expect
    .poll(() => harness.stateOf(other), PATIENTLY)
    .toMatchObject({ status: 'waiting', waitReason: 'concurrency' });
  await work.letGo(runId, 'mine');
  expect(await harness.fixtures.untilEnded(runId)).toMatchObject({
    status: 'succeeded',
    outputs: { n: 2_600, held: 'mine' },
  });
  await work.letGo(other, 'theirs');
  expect(await harness.fixtures.untilEnded(other)).toMatchObject({ outputs: { held: 'theirs' } });
});
