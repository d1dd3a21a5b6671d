import type { Json, TaskExecutor } from '@ia-modules/engine';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createRuntime, type Runtime, type RuntimeOptions } from '../src/index.ts';
import { createRunFixtures, type RunFixtures } from '../src/testing.ts';

let database: TestDatabase;
let fixtures: RunFixtures;
let tenantId: string;
const runtimes: Runtime[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
  tenantId = await fixtures.createTenant('acme');
});

afterAll(async () => {
  await fixtures.close();
  await database.drop();
});

afterEach(async () => {
  await Promise.all(runtimes.splice(0).map((runtime) => runtime.stop()));
});

const startRuntime = async (
  execute: TaskExecutor['execute'],
  options: Partial<RuntimeOptions> = {},
): Promise<Runtime> => {
  const runtime = createRuntime({
    databaseUrl: database.urls.worker,
    executorFor: () => ({ execute }),
    ...options,
  });
  runtimes.push(runtime);
  await runtime.leading;
  return runtime;
};

const echo: TaskExecutor['execute'] = async (request, { emitStarted }) => {
  await emitStarted({ worker: 'test' });
  return request.input;
};

const neverEnds: TaskExecutor['execute'] = (_request, { signal }) =>
  new Promise<Json>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')));
  });

const ORDER = {
  name: 'order',
  parameters: { type: 'object', properties: { count: { type: 'number' } } },
  steps: [
    { id: 'fetch', uses: 'test.echo', with: { count: '{{ parameters.count }}' } },
    { id: 'big', uses: 'test.echo', with: { double: '{{ steps.fetch.output.count * 2 }}' } },
    { id: 'small', uses: 'core.noop' },
    { id: 'join', uses: 'core.noop' },
  ],
  flow: {
    start_at: 'fetch',
    transitions: [
      { from: 'fetch', to: 'big', condition: 'steps.fetch.output.count > 10' },
      { from: 'fetch', to: 'small', default: true },
      { from: 'big', to: 'join' },
      { from: 'small', to: 'join' },
    ],
  },
  outputs: { double: '{{ steps.big.output.double }}' },
};

const MEBIBYTE = 1_024 * 1_024;

const SLOW = { name: 'slow', steps: [{ id: 'work', uses: 'test.slow' }] };

describe('a run that takes too much space', () => {
  test('fails as a whole, with a log that stays small, however many steps it has', async () => {
    await startRuntime(async () => 'x'.repeat(5 * MEBIBYTE));
    const steps = Array.from({ length: 40 }, (_, index) => ({ id: `step_${index}`, uses: 'test.big' }));
    const runId = await fixtures.startRun(await fixtures.createPipeline(tenantId, { name: 'many-large', steps }), {});

    expect(await fixtures.untilEnded(runId)).toMatchObject({ status: 'failed', error: { code: 'IA_RUN_TOO_LARGE' } });

    const events = await fixtures.events(runId);
    expect(JSON.stringify(events).length).toBeLessThan(65 * MEBIBYTE);
    expect(events.at(-1)?.type).toBe('run_failed');
  });

  test('fails when one step repeats a large output more often than a text can be long', async () => {
    await startRuntime(async () => 'x'.repeat(5 * MEBIBYTE));
    const copies = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`copy_${index}`, '{{ steps.large.output }}']),
    );
    const pipeline = {
      name: 'many-copies',
      steps: [
        { id: 'large', uses: 'test.big' },
        { id: 'repeat', uses: 'core.noop', with: copies },
      ],
      flow: { transitions: [{ from: 'large', to: 'repeat' }] },
    };
    const runId = await fixtures.startRun(await fixtures.createPipeline(tenantId, pipeline), {});

    expect(await fixtures.untilEnded(runId)).toMatchObject({ status: 'failed', error: { code: 'IA_RUN_TOO_LARGE' } });
  });
});

test('a step whose output nobody could read again fails', async () => {
  await startRuntime(async () => JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`) as Json);
  const runId = await fixtures.startRun(await fixtures.createPipeline(tenantId, { ...SLOW, name: 'deep' }), {});
  expect(await fixtures.untilEnded(runId)).toMatchObject({
    status: 'failed',
    error: { code: 'IA_TASK_FAILED', message: 'The output is nested more than 100 levels deep.', retryable: false },
  });
});

describe('a run', () => {
  test('goes from pending to its outputs, with a gapless log', async () => {
    await startRuntime(echo);
    const runId = await fixtures.startRun(await fixtures.createPipeline(tenantId, ORDER), { count: 21 });

    expect(await fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded', outputs: { double: 42 } });

    const events = await fixtures.events(runId);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, position) => position + 1));
    expect(events[0]).toMatchObject({ type: 'run_started', data: { parameters: { count: 21 } } });
    expect(events.filter((event) => event.type === 'task_started').map((event) => event.stepId)).toEqual([
      'fetch',
      'big',
    ]);
    expect(events.at(-1)?.type).toBe('run_succeeded');
  });

  test('is claimed also when it was created before the runtime started', async () => {
    const runId = await fixtures.startRun(await fixtures.createPipeline(tenantId, ORDER), { count: 11 });
    await startRuntime(echo);
    expect(await fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded', outputs: { double: 22 } });
  });

  test('records what a step threw', async () => {
    await startRuntime(async () => {
      throw new TypeError('no such thing');
    });
    const runId = await fixtures.startRun(await fixtures.createPipeline(tenantId, SLOW));
    const run = await fixtures.untilEnded(runId);
    expect(run).toMatchObject({ status: 'failed', error: { message: expect.stringContaining('no such thing') } });
  });

  test('waits for a timer and goes on', async () => {
    await startRuntime(echo);
    const pipeline = await fixtures.createPipeline(tenantId, {
      name: 'nap',
      steps: [{ id: 'nap', uses: 'core.wait', with: { duration: '50ms' } }],
    });
    const runId = await fixtures.startRun(pipeline);
    expect(await fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded' });
    const events = await fixtures.events(runId);
    const fireAt = events.flatMap((event) => (event.type === 'timer_set' ? event.data.fireAt : []));
    const firedAt = events.flatMap((event) => (event.type === 'timer_fired' ? event.at : []));
    expect(fireAt).toHaveLength(1);
    expect(firedAt[0]).toBeGreaterThanOrEqual(fireAt[0] ?? Number.POSITIVE_INFINITY);
  });

  test('whose attempt takes too long fails with a timeout, and the attempt is told to stop', async () => {
    const stopped = Promise.withResolvers<void>();
    await startRuntime((request, execution) => {
      execution.signal.addEventListener('abort', () => stopped.resolve());
      return neverEnds(request, execution);
    });
    const pipeline = await fixtures.createPipeline(tenantId, {
      name: 'late',
      steps: [{ id: 'work', uses: 'test.slow', timeout: '50ms' }],
    });
    const runId = await fixtures.startRun(pipeline);
    expect(await fixtures.untilEnded(runId)).toMatchObject({ status: 'failed', error: { code: 'IA_TASK_TIMEOUT' } });
    await stopped.promise;
  });

  test('whose pipeline version can not be compiled fails with the reason, and others go on', async () => {
    await startRuntime(echo);
    const broken = await fixtures.createPipeline(tenantId, {
      name: 'broken',
      steps: [{ id: 'a', uses: 'core.noop' }],
      flow: { transitions: [{ from: 'a', to: 'nowhere' }] },
    });
    const [bad, good] = [
      await fixtures.startRun(broken),
      await fixtures.startRun(await fixtures.createPipeline(tenantId, ORDER), { count: 1 }),
    ];
    expect(await fixtures.untilEnded(bad)).toMatchObject({
      status: 'failed',
      error: { code: 'IA_RUNTIME_LOAD_FAILED' },
    });
    expect((await fixtures.events(bad)).map((event) => event.type)).toEqual(['run_started', 'run_failed']);
    expect((await fixtures.untilEnded(good)).status).not.toBe('pending');
  });

  test('that takes another course than its log fails and says where', async () => {
    const pipeline = await fixtures.createPipeline(tenantId, SLOW);
    const first = await startRuntime(neverEnds);
    const runId = await fixtures.startRun(pipeline);
    await expect.poll(() => fixtures.readRun(runId)).toMatchObject({ status: 'running' });
    await first.stop();
    await fixtures.pool.query(`update pipeline_versions set definition = $2 where id = $1`, [
      pipeline.versionId,
      JSON.stringify({ name: 'slow', steps: [{ id: 'other', uses: 'test.slow' }] }),
    ]);
    await startRuntime(echo);
    expect(await fixtures.untilEnded(runId)).toMatchObject({ status: 'failed', error: { code: 'IA_RUNTIME_REPLAY' } });
  });

  test('that can not go on takes its sub-pipelines along', async () => {
    const name = 'below-broken';
    const below = { name, steps: [{ id: 'wait', uses: 'core.wait', with: { signal: 'go' } }] };
    await fixtures.createPipeline(tenantId, below, { name });
    const above = { name: 'above-broken', steps: [{ id: 'sub', uses: `pipeline:${name}` }] };
    const pipeline = await fixtures.createPipeline(tenantId, above);
    const first = await startRuntime(echo);
    const runId = await fixtures.startRun(pipeline);
    const findBelow = async (): Promise<{ readonly id: string; readonly status: string } | undefined> => {
      const { rows } = await fixtures.pool.query('select id, status from runs where parent_run_id = $1', [runId]);
      return rows[0];
    };
    await expect.poll(findBelow, { timeout: 10_000 }).toMatchObject({ status: 'waiting' });
    await first.stop();
    const changed = { ...above, steps: [{ id: 'other', uses: 'core.noop' }] };
    await fixtures.pool.query('update pipeline_versions set definition = $2 where id = $1', [
      pipeline.versionId,
      JSON.stringify(changed),
    ]);
    await fixtures.tellRun(pipeline, runId, { kind: 'pause', payload: {} });
    await startRuntime(echo);
    expect(await fixtures.untilEnded(runId)).toMatchObject({ error: { code: 'IA_RUNTIME_REPLAY' } });
    await expect.poll(findBelow, { timeout: 10_000 }).toMatchObject({ status: 'canceled' });
  });

  test('whose sub-pipeline can not be stored fails and says why', async () => {
    const name = 'below-refused';
    await fixtures.createPipeline(tenantId, { name, steps: [{ id: 'only', uses: 'core.noop' }] }, { name });
    const above = {
      name: 'above-refused',
      steps: [{ id: 'sub', uses: `pipeline:${name}`, retry: { max_attempts: 1 } }],
    };
    const pipeline = await fixtures.createPipeline(tenantId, above);
    await fixtures.pool.query('alter table runs add constraint nothing_below check (parent_run_id is null) not valid');
    await startRuntime(echo);
    const ended = await fixtures.untilEnded(await fixtures.startRun(pipeline));
    await fixtures.pool.query('alter table runs drop constraint nothing_below');
    expect(ended).toMatchObject({ status: 'failed', error: { code: 'IA_SUBPIPELINE_FAILED' } });
    expect(ended.error?.message).toContain('nothing_below');
  });

  test('of many at once ends for every one, within the limit of concurrent runs', async () => {
    let running = 0;
    let most = 0;
    await startRuntime(
      async (request) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return request.input;
      },
      { maxConcurrentRuns: 5 },
    );
    const pipeline = await fixtures.createPipeline(tenantId, ORDER);
    const runs = await Promise.all(Array.from({ length: 60 }, () => fixtures.startRun(pipeline, { count: 12 })));
    const ended = await Promise.all(runs.map((runId) => fixtures.untilEnded(runId)));
    expect(new Set(ended.map((run) => run.status))).toEqual(new Set(['succeeded']));
    expect(most).toBeLessThanOrEqual(5);
  });
});

describe('a cancel request', () => {
  test('ends a running run and aborts its attempt', async () => {
    const aborted = Promise.withResolvers<void>();
    await startRuntime((request, execution) => {
      execution.signal.addEventListener('abort', () => aborted.resolve());
      return neverEnds(request, execution);
    });
    const pipeline = await fixtures.createPipeline(tenantId, SLOW);
    const runId = await fixtures.startRun(pipeline);
    await expect.poll(() => fixtures.readRun(runId)).toMatchObject({ status: 'running' });

    await fixtures.cancelRun(pipeline, runId, 'not needed');

    expect(await fixtures.untilEnded(runId)).toMatchObject({ status: 'canceled' });
    await aborted.promise;
    const events = await fixtures.events(runId);
    expect(events.find((event) => event.type === 'cancel_requested')?.data).toEqual({
      reason: 'not needed',
      by: 'tester',
    });
    const { rows } = await fixtures.pool.query('select id from run_commands where consumed_at is null');
    expect(rows).toEqual([]);
  });

  test('reaches a run that no slot was free for: none of its steps starts', async () => {
    const started: string[] = [];
    await startRuntime(
      (request, execution) => {
        started.push(request.idempotencyKey);
        return neverEnds(request, execution);
      },
      { maxConcurrentRuns: 1 },
    );
    const pipeline = await fixtures.createPipeline(tenantId, SLOW);
    const busy = await fixtures.startRun(pipeline);
    await expect.poll(() => fixtures.readRun(busy)).toMatchObject({ status: 'running' });
    const queued = await fixtures.startRun(pipeline);

    await fixtures.cancelRun(pipeline, queued, 'too late');

    expect(await fixtures.untilEnded(queued)).toMatchObject({ status: 'canceled' });
    expect(started.filter((key) => key.startsWith(queued))).toEqual([]);
    await fixtures.cancelRun(pipeline, busy, 'cleanup');
    await fixtures.untilEnded(busy);
  });

  test('that comes after the end changes nothing and is not asked again', async () => {
    await startRuntime(echo);
    const pipeline = await fixtures.createPipeline(tenantId, ORDER);
    const runId = await fixtures.startRun(pipeline, { count: 99 });
    await fixtures.untilEnded(runId);
    await fixtures.cancelRun(pipeline, runId, 'too late');
    const unconsumed = async (): Promise<number | null> =>
      (await fixtures.pool.query('select 1 from run_commands where consumed_at is null')).rowCount;
    await expect.poll(unconsumed).toBe(0);
    expect(await fixtures.readRun(runId)).toMatchObject({ status: 'succeeded' });
  });
});

describe('a runtime', () => {
  test('that stops hands its runs over: the next one makes the attempt again, once', async () => {
    const pipeline = await fixtures.createPipeline(tenantId, SLOW);
    const first = await startRuntime(neverEnds);
    const runId = await fixtures.startRun(pipeline);
    await expect.poll(() => fixtures.readRun(runId)).toMatchObject({ status: 'running' });
    await first.stop();
    expect(await fixtures.readRun(runId)).toMatchObject({ status: 'running' });

    const keys: string[] = [];
    await startRuntime(async (request) => {
      keys.push(request.key);
      return 'done';
    });

    expect(await fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded' });
    expect(keys).toHaveLength(1);
    const types = (await fixtures.events(runId)).map((event) => event.type);
    expect(types.filter((type) => type === 'task_scheduled')).toHaveLength(1);
  });

  test('stands by while another one holds the lease, and takes over when that one is gone', async () => {
    const first = await startRuntime(echo);
    const standby = createRuntime({ databaseUrl: database.urls.worker, executorFor: () => ({ execute: echo }) });
    runtimes.push(standby);
    const isLeading = await Promise.race([standby.leading.then(() => true), Promise.resolve(false)]);
    expect(isLeading).toBe(false);
    await first.stop();
    await standby.leading;
    const runId = await fixtures.startRun(await fixtures.createPipeline(tenantId, ORDER), { count: 30 });
    expect(await fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded' });
  });

  test('begins a run that it could not take up at first, once it can', async () => {
    const lease = `('engine', 'gone', 1, now() - interval '1 hour')`;
    await fixtures.pool.query(`insert into worker_leases (name, holder, fence, expires_at) values ${lease}
      on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at`);
    await fixtures.pool.query('revoke update (recoveries) on runs from ia_worker');
    const refused = Promise.withResolvers<void>();
    const log = { info: () => undefined, warn: () => refused.resolve(), error: () => undefined };
    const runId = await fixtures.startRun(await fixtures.createPipeline(tenantId, ORDER), { count: 30 });
    await startRuntime(echo, { log });
    await refused.promise;
    await fixtures.pool.query('grant update (recoveries) on runs to ia_worker');
    expect(await fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded' });
  });

  test('goes on with other runs when the row of one is gone', async () => {
    const attempt = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    await startRuntime(async (request) => {
      attempt.resolve();
      await goOn.promise;
      return request.input;
    });
    const pipeline = await fixtures.createPipeline(tenantId, SLOW);
    const gone = await fixtures.startRun(pipeline);
    await attempt.promise;
    await fixtures.pool.query('delete from run_event_chunks where run_id = $1', [gone]);
    await fixtures.pool.query('delete from runs where id = $1', [gone]);
    goOn.resolve();
    const runId = await fixtures.startRun(pipeline);
    expect(await fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded' });
  });

  test('outlives the loss of all its connections', async () => {
    await startRuntime(echo);
    const pipeline = await fixtures.createPipeline(tenantId, ORDER);
    const runs: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      runs.push(...(await Promise.all(Array.from({ length: 10 }, () => fixtures.startRun(pipeline, { count: 50 })))));
      await fixtures.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name like 'ia-worker%'`,
      );
    }
    const ended = await Promise.all(runs.map((runId) => fixtures.untilEnded(runId)));
    expect(new Set(ended.map((run) => run.status))).toEqual(new Set(['succeeded']));
    for (const runId of runs) {
      const events = await fixtures.events(runId);
      expect(events.map((event) => event.seq)).toEqual(events.map((_, position) => position + 1));
      expect(events.filter((event) => event.type === 'task_succeeded')).toHaveLength(2);
    }
  });
});
