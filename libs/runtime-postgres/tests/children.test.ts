import type { JsonObject } from '@ia-modules/engine';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PipelineFixture } from '../src/testing.ts';
import { chainOf, createObservedWork, type ObservedWork, openHarness, type RuntimeHarness } from './runtime-harness.ts';

let harness: RuntimeHarness;
let work: ObservedWork;

beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());
beforeEach(async () => {
  work = createObservedWork();
  await harness.start(work.execute);
});
afterEach(() => harness.stopAll());

type ChildRow = {
  readonly id: string;
  readonly status: string;
  readonly key: string;
  readonly depth: number;
  readonly trigger: JsonObject;
};

const childrenOf = async (runId: string): Promise<readonly ChildRow[]> => {
  const { rows } = await harness.fixtures.pool.query<ChildRow>(
    'select id, status, parent_key as key, depth, trigger from runs where parent_run_id = $1 order by created_at',
    [runId],
  );
  return rows;
};

const untilChildOf = async (runId: string): Promise<string> => {
  await expect.poll(async () => (await childrenOf(runId)).length, { timeout: 10_000 }).toBe(1);
  return (await childrenOf(runId))[0]?.id ?? '';
};

/** A pipeline that steps find by its name. */
const publish = (name: string, steps: readonly JsonObject[], more: JsonObject = {}, version = '1.0.0') =>
  harness.fixtures.createPipeline(harness.tenantId, chainOf(name, steps, more), { name, version });

const above = (name: string, sub: JsonObject = {}, more: JsonObject = {}): Promise<PipelineFixture> =>
  harness.create(
    chainOf(`above-${name}`, [{ id: 'sub', uses: `pipeline:${name}`, ...sub }], {
      outputs: { n: '{{ steps.sub.output.n }}' },
      ...more,
    }),
  );

const endOf = async (pipeline: PipelineFixture, parameters: JsonObject = {}) =>
  harness.fixtures.untilEnded(await harness.fixtures.startRun(pipeline, parameters));

const HOLD = { id: 'x', uses: 'test.hold' };
const N = { parameters: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] } };

describe('a sub-pipeline', () => {
  test('gives its outputs to the step, and says whose it is', async () => {
    await publish('double', [{ id: 'x', uses: 'test.echo', with: { n: '{{ parameters.n * 2 }}' } }], {
      ...N,
      outputs: { n: '{{ steps.x.output.n }}' },
    });
    const runId = await harness.fixtures.startRun(await above('double', { with: { n: 4 } }));
    expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded', outputs: { n: 8 } });
    expect(await childrenOf(runId)).toMatchObject([
      { status: 'succeeded', key: 'sub#/@1', depth: 1, trigger: { type: 'pipeline', run: runId, step: 'sub' } },
    ]);
  });

  test('that fails fails the step; each retry is a run of its own', async () => {
    await publish('broken', [{ id: 'x', uses: 'test.fail' }]);
    const retry = { max_attempts: 2, initial_delay: '5ms', jitter: false };
    const runId = await harness.fixtures.startRun(await above('broken', { retry }));
    expect(await harness.fixtures.untilEnded(runId)).toMatchObject({
      status: 'failed',
      error: { code: 'IA_SUBPIPELINE_FAILED' },
    });
    expect((await childrenOf(runId)).map(({ key, status }) => ({ key, status }))).toEqual([
      { key: 'sub#/@1', status: 'failed' },
      { key: 'sub#/@2', status: 'failed' },
    ]);
  });

  test('adds what it costs to the run above it', async () => {
    await harness.stopAll();
    await harness.start(async (_request, { addCost }) => {
      addCost(0.25);
      return null;
    });
    await publish('dear', [
      { id: 'x', uses: 'test.paid' },
      { id: 'y', uses: 'test.paid' },
    ]);
    const steps = [
      { id: 'sub', uses: 'pipeline:dear' },
      { id: 'own', uses: 'test.paid' },
    ];
    const runId = await harness.fixtures.startRun(await harness.create(chainOf('above-dear', steps)));
    await harness.fixtures.untilEnded(runId);
    const { rows } = await harness.fixtures.pool.query('select cost_usd::float8 as cost from runs where id = $1', [
      runId,
    ]);
    expect(rows).toEqual([{ cost: 0.75 }]);
  });

  test('is found by the range of its version', async () => {
    const pipeline = await publish('ranged', [{ id: 'x', uses: 'core.noop' }], { outputs: { n: 1 } });
    const save = (version: string, revision: number, n: number): Promise<unknown> =>
      harness.fixtures.pool.query(
        `insert into pipeline_versions (id, tenant_id, pipeline_id, revision, version, definition, resolved_plugins,
           content_hash, created_by)
         select gen_random_uuid(), tenant_id, pipeline_id, $2, $3, $4, '{}', $3, 'tester' from pipeline_versions where id = $1`,
        [
          pipeline.versionId,
          revision,
          version,
          chainOf('ranged', [{ id: 'x', uses: 'core.noop' }], { outputs: { n } }),
        ],
      );
    await save('1.4.0', 2, 14);
    await save('2.0.0', 3, 20);
    await save('1.5.0', 4, 15);
    const outputs: unknown[] = [];
    for (const range of ['@^1', '@1.4.0', '@>=1 <3', ''])
      outputs.push((await endOf(await above(`ranged${range}`))).outputs);
    expect(outputs).toEqual([{ n: 15 }, { n: 14 }, { n: 20 }, { n: 15 }]);
    expect(await endOf(await above('ranged@^3'))).toMatchObject({ error: { code: 'IA_SUBPIPELINE_UNKNOWN' } });
  });

  test('that is not there, or gets parameters that do not fit, fails the step', async () => {
    await publish('strict', [{ id: 'x', uses: 'core.noop' }], N);
    expect(await endOf(await above('nowhere'))).toMatchObject({ error: { code: 'IA_SUBPIPELINE_UNKNOWN' } });
    expect(await endOf(await above('strict', { with: { n: 'four' } }))).toMatchObject({
      error: { code: 'IA_PARAMETERS_INVALID' },
    });
  });

  test('runs for each item of a map', async () => {
    await publish('square', [{ id: 'x', uses: 'test.echo', with: { n: '{{ parameters.n * parameters.n }}' } }], {
      ...N,
      outputs: { n: '{{ steps.x.output.n }}' },
    });
    const items = Array.from({ length: 20 }, (_, index) => index);
    const pipeline = await harness.create(
      chainOf('squares', [{ id: 'sub', uses: 'pipeline:square', for_each: { items }, with: { n: '{{ item }}' } }], {
        outputs: { all: '{{ steps.sub.output }}' },
      }),
    );
    expect(await endOf(pipeline)).toMatchObject({
      status: 'succeeded',
      outputs: { all: items.map((n) => ({ n: n * n })) },
    });
  });

  test('may have one below it', async () => {
    await publish('inner', [{ id: 'x', uses: 'core.noop' }], { outputs: { n: 5 } });
    await publish('middle', [{ id: 'sub', uses: 'pipeline:inner' }], {
      outputs: { n: '{{ steps.sub.output.n + 1 }}' },
    });
    const runId = await harness.fixtures.startRun(await above('middle'));
    expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ outputs: { n: 6 } });
    const [middle] = await childrenOf(runId);
    expect(await childrenOf(middle?.id ?? '')).toMatchObject([{ depth: 2, status: 'succeeded' }]);
  });

  test('that calls itself ends at the depth that is allowed', async () => {
    await publish('circle', [{ id: 'sub', uses: 'pipeline:circle' }]);
    expect(await endOf(await above('circle'))).toMatchObject({
      status: 'failed',
      error: { code: 'IA_SUBPIPELINE_FAILED' },
    });
  });
});

describe('a sub-pipeline that is under way', () => {
  test('is canceled with the run above it', async () => {
    await publish('held', [HOLD]);
    const pipeline = await above('held');
    const runId = await harness.fixtures.startRun(pipeline);
    const childId = await untilChildOf(runId);
    await work.untilHeld(childId);
    await harness.fixtures.cancelRun(pipeline, runId, 'not needed');
    expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ status: 'canceled' });
    expect(await harness.fixtures.untilEnded(childId)).toMatchObject({ status: 'canceled' });
  });

  test('is canceled when a join does not wait for it', async () => {
    await publish('slow', [HOLD]);
    const pipeline = await harness.create({
      name: 'race',
      steps: [
        { id: 'sub', uses: 'pipeline:slow' },
        { id: 'fast', uses: 'test.hold' },
        { id: 'join', uses: 'core.noop', join: 'any', cancel_rest: true },
      ],
      flow: {
        transitions: [
          { from: 'sub', to: 'join' },
          { from: 'fast', to: 'join' },
        ],
      },
    });
    const runId = await harness.fixtures.startRun(pipeline);
    const childId = await untilChildOf(runId);
    await work.untilHeld(childId);
    await work.letGo(runId);
    expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded' });
    expect(await harness.fixtures.untilEnded(childId)).toMatchObject({ status: 'canceled' });
  });

  test('goes on after a restart, and its end reaches the run above it', async () => {
    await publish('lasting', [HOLD], { outputs: { n: '{{ steps.x.output }}' } });
    const runId = await harness.fixtures.startRun(await above('lasting'));
    const childId = await untilChildOf(runId);
    await work.untilHeld(childId);
    await harness.stopAll();
    await harness.start(work.execute);
    await work.letGo(childId, 7);
    expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded', outputs: { n: 7 } });
    expect(await childrenOf(runId)).toHaveLength(1);
  });

  test('may end while nobody holds the lease', async () => {
    await publish('ended', [HOLD], { outputs: { n: '{{ steps.x.output }}' } });
    const pipeline = await above('ended');
    const runId = await harness.fixtures.startRun(pipeline);
    const childId = await untilChildOf(runId);
    await work.untilHeld(childId);
    await harness.stopAll();
    // As a worker writes it that comes to its end in this moment.
    await harness.fixtures.pool.query(
      `update runs set status = 'succeeded', outputs = '{"n":9}', finished_at = now() where id = $1`,
      [childId],
    );
    await harness.start(work.execute);
    expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded', outputs: { n: 9 } });
  });
});
