import type { Json, JsonObject } from '@ia-modules/engine';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PipelineFixture } from '../src/testing.ts';
import { createObservedWork, type ObservedWork, openHarness, type RuntimeHarness } from './runtime-harness.ts';

const HOUR_MS = 60 * 60 * 1_000;

const CACHED = {
  name: 'cached',
  parameters: { type: 'object', properties: { n: { type: 'integer' } } },
  steps: [{ id: 'a', uses: 'test.echo', with: { n: '{{ parameters.n }}' }, cache: { key: 'always', ttl: '1h' } }],
  outputs: { n: '{{ steps.a.output.n }}' },
};

const WAYS = [
  {
    id: 'pick',
    uses: 'core.noop',
    router: 'adaptive',
    adaptive: { reward: 'steps.good.status == "succeeded" ? 1 : 0', exploration: 0 },
  },
  { id: 'good', uses: 'core.noop' },
  { id: 'bad', uses: 'core.noop' },
];

const LEARNING = {
  name: 'learning',
  steps: WAYS,
  flow: {
    transitions: [
      { from: 'pick', to: 'good' },
      { from: 'pick', to: 'bad' },
    ],
  },
};

/** Each round is rewarded before the next; the last step holds the run when all have been. */
const ROUNDS = {
  name: 'rounds',
  steps: [...WAYS, { id: 'end', uses: 'core.noop' }, { id: 'last', uses: 'test.hold' }],
  flow: {
    transitions: [
      { from: 'pick', to: 'good' },
      { from: 'pick', to: 'bad' },
      { from: 'good', to: 'end' },
      { from: 'bad', to: 'end' },
      { from: 'end', to: 'pick', loop: { max_iterations: 4 } },
      { from: 'end', to: 'last' },
    ],
  },
};

let harness: RuntimeHarness;
let work: ObservedWork;

beforeEach(async () => {
  harness = await openHarness();
  work = createObservedWork();
  await harness.start(work.execute);
});
afterEach(() => harness.close());

/** Another process on the same database: nothing of the first one's memory is left. */
const restart = async (options: Parameters<RuntimeHarness['start']>[1] = {}): Promise<void> => {
  await harness.stopAll();
  await harness.start(work.execute, options);
};

const outputsOf = async (pipeline: PipelineFixture, parameters: JsonObject): Promise<Json> => {
  const runId = await harness.startRun(pipeline, { parameters });
  return (await harness.fixtures.untilEnded(runId)).outputs;
};

const wayOf = async (pipeline: PipelineFixture): Promise<Json[]> => {
  const runId = await harness.startRun(pipeline);
  await harness.fixtures.untilEnded(runId);
  const events = await harness.fixtures.events(runId);
  return events.flatMap((event) => (event.type === 'branch_chosen' ? event.data.taken : []));
};

const countOf = async (table: 'step_results' | 'router_arms', what = 'count(*)'): Promise<number> =>
  (await harness.fixtures.pool.query<{ n: number }>(`select ${what}::int as n from ${table}`)).rows[0]?.n ?? 0;

test('a result is given by another process, until its time is over', async () => {
  const pipeline = await harness.create(CACHED);
  expect(await outputsOf(pipeline, { n: 1 })).toEqual({ n: 1 });
  await restart();
  expect(await outputsOf(pipeline, { n: 2 })).toEqual({ n: 1 });
  expect(work.calls).toHaveLength(1);
  await restart({ clock: { now: () => Date.now() + HOUR_MS + 1, elapsed: () => performance.now() } });
  expect(await outputsOf(pipeline, { n: 3 })).toEqual({ n: 3 });
  await restart();
  expect(await outputsOf(pipeline, { n: 4 })).toEqual({ n: 3 });
  expect(await countOf('step_results')).toBe(1);
});

test('a result that was removed is made again', async () => {
  const pipeline = await harness.create(CACHED);
  await outputsOf(pipeline, { n: 1 });
  await harness.fixtures.pool.query('delete from step_results');
  await restart();
  expect(await outputsOf(pipeline, { n: 2 })).toEqual({ n: 2 });
});

test('tenants and pipelines have results of their own', async () => {
  const { fixtures } = harness;
  const pipelines = [
    await harness.create(CACHED),
    await harness.create(CACHED),
    await fixtures.createPipeline(await fixtures.createTenant('globex'), CACHED),
  ];
  const given = async (first: number): Promise<Json[]> =>
    Promise.all(pipelines.map((pipeline, index) => outputsOf(pipeline, { n: first + index })));
  expect(await given(1)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  await restart();
  expect(await given(10)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
});

test('what is too large to be kept is made each time', async () => {
  const definition = {
    name: 'large',
    steps: [{ id: 'a', uses: 'test.echo', with: { text: 'x'.repeat(1_100_000) }, cache: { key: 'k', ttl: '1h' } }],
  };
  const pipeline = await harness.create(definition);
  await outputsOf(pipeline, {});
  await outputsOf(pipeline, {});
  expect(work.calls).toHaveLength(2);
  expect(await countOf('step_results')).toBe(0);
});

test('a router goes on with what it has learnt in another process, tenant by tenant', async () => {
  const { fixtures } = harness;
  const pipeline = await harness.create(LEARNING);
  const tried = [...(await wayOf(pipeline)), ...(await wayOf(pipeline))];
  expect(new Set(tried)).toEqual(new Set(['good', 'bad']));
  await restart();
  expect([await wayOf(pipeline), await wayOf(pipeline)]).toEqual([['good'], ['good']]);
  const theirs = await fixtures.createPipeline(await fixtures.createTenant('globex'), LEARNING);
  expect(new Set([...(await wayOf(theirs)), ...(await wayOf(theirs))])).toEqual(new Set(['good', 'bad']));
});

test('a reward counts once, however often its run is replayed', async () => {
  const pipeline = await harness.create(ROUNDS);
  const runId = await harness.startRun(pipeline);
  await work.untilHeld(runId);
  await restart();
  await work.untilHeld(runId);
  await restart();
  await work.letGo(runId);
  expect((await harness.fixtures.untilEnded(runId)).status).toBe('succeeded');
  const rewarded = (await harness.fixtures.events(runId)).filter(({ type }) => type === 'router_rewarded');
  expect(rewarded.length).toBeGreaterThanOrEqual(3);
  expect(await countOf('router_arms', 'sum(pulls)')).toBe(rewarded.length);
});

test('a fork counts what is rewarded after its point, and not again what was before', async () => {
  const pipeline = await harness.create(ROUNDS);
  const origin = await harness.startRun(pipeline);
  await work.letGo(origin);
  await harness.fixtures.untilEnded(origin);
  const before = await countOf('router_arms', 'sum(pulls)');
  const fork = await harness.startRun(pipeline, {
    setup: { fork: { stepId: 'last' } },
    origin: { kind: 'fork', runId: origin },
  });
  await work.letGo(fork);
  expect((await harness.fixtures.untilEnded(fork)).status).toBe('succeeded');
  const repeated = (await harness.fixtures.events(fork)).filter(({ type }) => type === 'router_rewarded');
  expect(repeated).toHaveLength(before);
  // The last round is rewarded when the run ends.
  expect(await countOf('router_arms', 'sum(pulls)')).toBe(before + 1);
});
