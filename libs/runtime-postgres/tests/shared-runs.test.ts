import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import type { Json, RunEvent, TaskRequest } from '@ia-modules/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRuntime, type Runtime } from '../src/index.ts';
import { createRunFixtures, type RunFixtures } from '../src/testing.ts';

let database: TestDatabase;
let fixtures: RunFixtures;
let runtime: Runtime;
let tenantId: string;
let otherTenantId: string;
const calls: TaskRequest[] = [];
const held = new Map<string, () => void>();

/** Attempts of `test.hold` end when the test lets them go. */
const work = async (request: TaskRequest): Promise<Json> => {
  calls.push(request);
  if (request.uses === 'test.hold') await new Promise<void>((resolve) => held.set(request.idempotencyKey, resolve));
  return request.input;
};

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
  [tenantId, otherTenantId] = [await fixtures.createTenant('acme'), await fixtures.createTenant('globex')];
  runtime = createRuntime({ databaseUrl: database.urls.worker, executorFor: () => ({ execute: work }) });
  await runtime.leading;
});

afterAll(async () => {
  await runtime.stop();
  await fixtures.close();
  await database.drop();
});

const callsOf = (runId: string): TaskRequest[] =>
  calls.filter(({ idempotencyKey }) => idempotencyKey.startsWith(runId));
const statusOf = async (runId: string): Promise<string> => (await fixtures.readRun(runId)).status;
const letGo = async (runId: string): Promise<void> => {
  await expect.poll(() => [...held.keys()].find((key) => key.startsWith(runId))).toBeDefined();
  for (const [key, resolve] of held) if (key.startsWith(runId)) resolve();
};

test('runs of a tenant wait for each other under a concurrency key, and not for those of another tenant', async () => {
  const definition = { name: 'limited', steps: [{ id: 'a', uses: 'test.hold', concurrency: { key: 'one' } }] };
  const [ours, theirs] = [
    await fixtures.createPipeline(tenantId, definition),
    await fixtures.createPipeline(otherTenantId, definition),
  ];
  const first = await fixtures.startRun(ours);
  await expect.poll(() => callsOf(first).length).toBe(1);
  const second = await fixtures.startRun(ours);
  const other = await fixtures.startRun(theirs);
  await expect.poll(() => statusOf(second)).toBe('waiting');
  await letGo(other);
  expect((await fixtures.untilEnded(other)).status).toBe('succeeded');
  expect(callsOf(second)).toEqual([]);
  await letGo(first);
  await letGo(second);
  expect((await fixtures.untilEnded(second)).status).toBe('succeeded');
});

test('a run that is canceled while it stands in line lets the next one pass', async () => {
  const definition = { name: 'line', steps: [{ id: 'a', uses: 'test.hold', concurrency: { key: 'line' } }] };
  const pipeline = await fixtures.createPipeline(tenantId, definition);
  const first = await fixtures.startRun(pipeline);
  await expect.poll(() => callsOf(first).length).toBe(1);
  const second = await fixtures.startRun(pipeline);
  await expect.poll(() => statusOf(second)).toBe('waiting');
  const third = await fixtures.startRun(pipeline);
  await expect.poll(() => statusOf(third)).toBe('waiting');
  await fixtures.cancelRun(pipeline, second, 'no longer needed');
  expect((await fixtures.untilEnded(second)).status).toBe('canceled');
  await letGo(first);
  await letGo(third);
  expect((await fixtures.untilEnded(third)).status).toBe('succeeded');
  expect(callsOf(second)).toEqual([]);
});

test('runs of a pipeline share cached results, those of another tenant do not', async () => {
  const definition = {
    name: 'cached',
    parameters: { type: 'object', properties: { n: { type: 'integer' } } },
    steps: [{ id: 'a', uses: 'test.echo', with: { n: '{{ parameters.n }}' }, cache: { key: 'always', ttl: '1h' } }],
    outputs: { n: '{{ steps.a.output.n }}' },
  };
  const outputsOf = async (ofTenantId: string, ...values: number[]): Promise<Json[]> => {
    const pipeline = await fixtures.createPipeline(ofTenantId, definition);
    const outputs: Json[] = [];
    for (const n of values) {
      outputs.push((await fixtures.untilEnded(await fixtures.startRun(pipeline, { n }))).outputs);
    }
    return outputs;
  };
  expect(await outputsOf(tenantId, 1, 2)).toEqual([{ n: 1 }, { n: 1 }]);
  expect(await outputsOf(otherTenantId, 3)).toEqual([{ n: 3 }]);
});

test('an adaptive router knows what earlier runs of its pipeline earned', async () => {
  const pipeline = await fixtures.createPipeline(tenantId, {
    name: 'learning',
    steps: [
      {
        id: 'pick',
        uses: 'core.noop',
        router: 'adaptive',
        adaptive: { reward: 'steps.good.status == "succeeded" ? 1 : 0', exploration: 0 },
      },
      { id: 'good', uses: 'core.noop' },
      { id: 'bad', uses: 'core.noop' },
    ],
    flow: {
      transitions: [
        { from: 'pick', to: 'good' },
        { from: 'pick', to: 'bad' },
      ],
    },
  });
  const taken: Json[] = [];
  for (let round = 0; round < 5; round += 1) {
    const runId = await fixtures.startRun(pipeline);
    await fixtures.untilEnded(runId);
    const events = await fixtures.events(runId);
    taken.push(events.flatMap((event) => (event.type === 'branch_chosen' ? event.data.taken : [])));
  }
  // Each way once, then the one that earned something.
  expect(new Set(taken.slice(0, 2).flat())).toEqual(new Set(['good', 'bad']));
  expect(taken.slice(2)).toEqual([['good'], ['good'], ['good']]);
});

test('reporters hear every event once, in order; hooks are called and change nothing', async () => {
  const pipeline = await fixtures.createPipeline(tenantId, {
    name: 'watched',
    steps: [{ id: 'a', uses: 'test.echo' }],
    hooks: [{ uses: 'test.hook', with: { to: 'ops' }, on: ['run_succeeded'] }],
    reporters: [{ uses: 'test.report', with: { to: 'logs' } }],
  });
  const runId = await fixtures.startRun(pipeline);
  expect((await fixtures.untilEnded(runId)).status).toBe('succeeded');
  const events = await fixtures.events(runId);
  const reported = (): number[] =>
    callsOf(runId).flatMap(({ uses, input }) =>
      uses === 'test.report' ? (input as unknown as { events: readonly RunEvent[] }).events.map(({ seq }) => seq) : [],
    );
  await expect.poll(() => reported().length).toBe(events.length);
  expect(reported()).toEqual(events.map(({ seq }) => seq));
  expect(callsOf(runId).filter(({ uses }) => uses === 'test.hook')).toMatchObject([
    { kind: 'hook', input: { event: { type: 'run_succeeded' }, config: { to: 'ops' } } },
  ]);
});
