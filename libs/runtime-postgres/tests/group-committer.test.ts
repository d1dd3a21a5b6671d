import type { RunEvent } from '@ia-modules/engine';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { createMetrics } from '@ia-modules/telemetry';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createPool } from '../src/database/create-pool.ts';
import { createDatabaseConnection, type DatabaseConnection } from '../src/database/database-connection.ts';
import { GroupCommitter } from '../src/log/group-committer.ts';
import { type HeldLease, holdLease } from '../src/lease/lease.ts';
import { createRunFixtures, type PipelineFixture, type RunFixtures } from '../src/testing.ts';
import { toAppend } from '../src/testing/context-fixtures.ts';
import { inTenantOfRound } from '../src/triggers/trigger-round.ts';
import { startCuttingProxy } from './cutting-proxy.ts';

const NOOP = { name: 'noop', steps: [{ id: 'only', uses: 'core.noop' }] };

let database: TestDatabase;
let fixtures: RunFixtures;
let acme: PipelineFixture;
let globex: PipelineFixture;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
  acme = await fixtures.createPipeline(await fixtures.createTenant('acme'), NOOP);
  globex = await fixtures.createPipeline(await fixtures.createTenant('globex'), NOOP);
});

afterAll(async () => {
  await fixtures.close();
  await database.drop();
});

afterEach(async () => {
  for (const item of open.splice(0).toReversed()) await item.close();
});

const connect = (url = database.urls.worker): DatabaseConnection => {
  const connection = createDatabaseConnection({ url, applicationName: 'committer-test', pipelines: true });
  open.push(connection);
  return connection;
};

const hold = async (name: string, ttlMs = 60_000): Promise<HeldLease> => {
  const held = await holdLease({ connection: connect(), name, ttlMs }, new AbortController().signal);
  open.push({ close: () => held.release() });
  return held;
};

/** Waits, as a standby does, for a lease whose holder no longer renews it. */
const takeExpired = async (name: string): Promise<HeldLease> => {
  const next = hold(name);
  await fixtures.pool.query("update worker_leases set expires_at = '-infinity' where name = $1", [name]);
  return next;
};

const commitWith = (held: HeldLease, connection = connect()): { committer: GroupCommitter; lost: Promise<unknown> } => {
  const lost = Promise.withResolvers<unknown>();
  const { lease } = held;
  const committer = new GroupCommitter({ connection, lease, metrics: createMetrics(), onLeaseLost: lost.resolve });
  open.push({ close: () => committer.close() });
  return { committer, lost: lost.promise };
};

const started = (runId: string): RunEvent => ({
  runId,
  seq: 1,
  at: Date.now(),
  type: 'run_started',
  data: { parameters: {}, trigger: {}, pipeline: {} },
});

const succeededStep = (runId: string, seq: number, output: string): RunEvent => ({
  runId,
  seq,
  at: Date.now(),
  type: 'step_succeeded',
  stepId: 'only',
  data: { output },
});

const succeeded = (runId: string, seq: number): RunEvent => ({
  runId,
  seq,
  at: Date.now(),
  type: 'run_succeeded',
  data: { outputs: { ok: true } },
});

describe('a group commit', () => {
  test('serves the runs of several tenants at once and changes their rows', async () => {
    const runs = [await fixtures.startRun(acme), await fixtures.startRun(globex)] as const;
    const { committer } = commitWith(await hold('two-tenants'));

    await Promise.all([
      committer.append(toAppend(acme, runs[0], [started(runs[0])])),
      committer.append(toAppend(globex, runs[1], [started(runs[1]), succeeded(runs[1], 2)])),
      committer.append(toAppend(acme, runs[0], [succeededStep(runs[0], 2, 'a')])),
    ]);

    expect(await fixtures.readRun(runs[0])).toMatchObject({ status: 'running', lastSeq: 2 });
    expect(await fixtures.readRun(runs[1])).toMatchObject({ status: 'succeeded', lastSeq: 2, outputs: { ok: true } });
    const { rows } = await fixtures.pool.query(
      'select distinct xmin::text from run_event_chunks where run_id = any($1::uuid[])',
      [runs],
    );
    expect(rows).toHaveLength(1);
  });

  test('takes in the thousands of appends that a wide map makes at once', async () => {
    const runId = await fixtures.startRun(acme);
    const { committer } = commitWith(await hold('wide-map'));
    const events = [started(runId), ...Array.from({ length: 30_000 }, (_, n) => succeededStep(runId, n + 2, 'x'))];
    await Promise.all(events.map((event) => committer.append(toAppend(acme, runId, [event]))));
    expect(await fixtures.readRun(runId)).toMatchObject({ lastSeq: events.length });
    expect((await fixtures.events(runId)).map(({ seq }) => seq)).toEqual(events.map(({ seq }) => seq));
  });

  test('takes uses of plugins alone or along with events, each once, and leaves the rows of runs alone', async () => {
    const runs = [await fixtures.startRun(acme), await fixtures.startRun(globex)] as const;
    const plugin = { name: '@community/shouting', version: '1.0.0', integrity: 'sha512-A' };
    const { committer } = commitWith(await hold('uses'));
    const before = await fixtures.readRun(runs[0]);
    await committer.record({ tenantId: acme.tenantId, runId: runs[0], plugin });
    await Promise.all([
      committer.record({ tenantId: acme.tenantId, runId: runs[0], plugin }),
      committer.record({ tenantId: globex.tenantId, runId: runs[1], plugin }),
      committer.append(toAppend(globex, runs[1], [started(runs[1])])),
    ]);
    expect(await fixtures.readRun(runs[0])).toEqual(before);
    const { rows } = await fixtures.pool.query<{ runId: string; pipelineId: string }>(
      'select run_id as "runId", pipeline_id as "pipelineId" from plugin_uses where run_id = any($1::uuid[])',
      [runs],
    );
    expect(new Map(rows.map(({ runId, pipelineId }) => [runId, pipelineId]))).toEqual(
      new Map([
        [runs[0], acme.pipelineId],
        [runs[1], globex.pipelineId],
      ]),
    );
    expect(rows).toHaveLength(2);
  });

  test('records no use for a worker that has lost the lease', async () => {
    const runId = await fixtures.startRun(acme);
    const { committer } = commitWith(await hold('uses-lost'));
    await takeExpired('uses-lost');
    const plugin = { name: '@community/shouting', version: '1.0.0', integrity: 'sha512-A' };
    await expect(committer.record({ tenantId: acme.tenantId, runId, plugin })).rejects.toMatchObject({
      code: 'IA_RUNTIME_LEASE_LOST',
    });
    const { rows } = await fixtures.pool.query('select 1 from plugin_uses where run_id = $1', [runId]);
    expect(rows).toEqual([]);
  });

  test('is not visible to a worker that names no tenant', async () => {
    const client = new Client({ connectionString: database.urls.worker });
    await client.connect();
    const { rows } = await client.query('select * from run_event_chunks');
    await client.end();
    expect(rows).toEqual([]);
  });

  test('keeps text that is awkward for a database', async () => {
    const runId = await fixtures.startRun(acme);
    const awkward = 'nul \u0000, quote ", backslash \\, brace {}, comma ,, lone \uD800, emoji 🎉';
    const { committer } = commitWith(await hold('awkward'));
    await committer.append(toAppend(acme, runId, [started(runId), succeededStep(runId, 2, awkward)]));
    const events = await fixtures.events(runId);
    expect(events[1]).toMatchObject({ seq: 2, runId, data: { output: awkward } });
  });

  test('splits a long append into chunks that read back in order', async () => {
    const runId = await fixtures.startRun(acme);
    const steps = Array.from({ length: 2_500 }, (_, position) => succeededStep(runId, position + 2, `${position}`));
    const { committer } = commitWith(await hold('long'));
    await committer.append(toAppend(acme, runId, [started(runId), ...steps]));
    const events = await fixtures.events(runId);
    expect(events.map((event) => event.seq)).toEqual(Array.from({ length: 2_501 }, (_, position) => position + 1));
  });

  test('notifies once a run, with where its log ends', async () => {
    const runId = await fixtures.startRun(acme);
    const listener = new Client({ connectionString: database.urls.app });
    await listener.connect();
    await listener.query('listen run_events');
    const payload = new Promise((resolve) => {
      listener.once('notification', (message) => resolve(message.payload));
    });
    const { committer } = commitWith(await hold('notify'));
    await committer.append(toAppend(acme, runId, [started(runId), succeeded(runId, 2)]));
    expect(await payload).toBe(`${acme.tenantId}:${runId}:2`);
    await listener.end();
  });

  test('refuses an append that does not follow the log, and takes the others of its group', async () => {
    const [broken, healthy] = [await fixtures.startRun(acme), await fixtures.startRun(acme)];
    const { committer } = commitWith(await hold('conflict'));
    const outcomes = await Promise.allSettled([
      committer.append(toAppend(acme, broken, [succeeded(broken, 5)])),
      committer.append(toAppend(acme, healthy, [started(healthy)])),
    ]);
    expect(outcomes[0]).toMatchObject({ status: 'rejected', reason: { code: 'IA_RUNTIME_LOG_CONFLICT' } });
    expect(outcomes[1]).toMatchObject({ status: 'fulfilled' });
    expect(await fixtures.events(broken)).toEqual([]);
  });

  test('leaves out what the database refuses, and takes the others of its group', async () => {
    const healthy = await fixtures.startRun(acme);
    const { committer } = commitWith(await hold('poison'));
    const outcomes = await Promise.allSettled([
      committer.append(toAppend(acme, 'no-uuid', [started('no-uuid')])),
      committer.append(toAppend(acme, healthy, [started(healthy), succeeded(healthy, 2)])),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'fulfilled']);
    expect(await fixtures.readRun(healthy)).toMatchObject({ status: 'succeeded' });
  });

  test('refuses what is left when it is closed', async () => {
    const runId = await fixtures.startRun(acme);
    const { committer } = commitWith(await hold('closed'));
    const closing = committer.close();
    await expect(committer.append(toAppend(acme, runId, [started(runId)]))).rejects.toMatchObject({
      code: 'IA_RUNTIME_STOPPED',
    });
    await closing;
  });
});

describe('the lease', () => {
  test('keeps a stale holder from writing anything', async () => {
    const runId = await fixtures.startRun(acme);
    const stale = await hold('fence');
    const { committer, lost } = commitWith(stale);
    await committer.append(toAppend(acme, runId, [started(runId)]));
    await fixtures.pool.query("update worker_leases set expires_at = '-infinity' where name = 'fence'");
    const fresh = await hold('fence');

    const late = committer.append(toAppend(acme, runId, [succeeded(runId, 2)]));

    await expect(late).rejects.toMatchObject({ code: 'IA_RUNTIME_LEASE_LOST' });
    expect(await lost).toMatchObject({ code: 'IA_RUNTIME_LEASE_LOST' });
    expect(Number(fresh.lease.fence)).toBeGreaterThan(Number(stale.lease.fence));
    expect(await fixtures.events(runId)).toHaveLength(1);
    const { committer: next } = commitWith(fresh);
    await next.append(toAppend(acme, runId, [succeeded(runId, 2)]));
    expect(await fixtures.readRun(runId)).toMatchObject({ status: 'succeeded' });
  });

  test('is not kept by a holder that froze in the middle of a commit', async () => {
    const frozen = await hold('frozen');
    const connection = createDatabaseConnection({
      url: database.urls.worker,
      applicationName: 'frozen-test',
      maxSilenceMs: 50,
    });
    open.push(connection);
    await connection.use(async (client) => {
      client.on('error', () => undefined);
      await client.query('begin');
      await client.query("select 1 from worker_leases where name = 'frozen' for share");
      const next = await takeExpired('frozen');
      expect(Number(next.lease.fence)).toBeGreaterThan(Number(frozen.lease.fence));
    });
  });

  test('is not kept by a holder that froze while it started runs of triggers', async () => {
    const { lease } = await hold('frozen-round');
    const pool = createPool({
      url: database.urls.worker,
      applicationName: 'frozen-test',
      maxConnections: 1,
      maxSilenceMs: 50,
    });
    open.push({ close: () => pool.end() });
    const round = inTenantOfRound({ pool, fence: lease }, acme.tenantId, () => takeExpired(lease.name));
    await expect(round).rejects.toBeInstanceOf(Error);
    const { rows } = await fixtures.pool.query('select fence from worker_leases where name = $1', [lease.name]);
    expect(Number(rows[0].fence)).toBeGreaterThan(Number(lease.fence));
  });

  test('passes on at once when it is released, and tells a holder that renews in vain', async () => {
    const first = await hold('handover', 150);
    const second = hold('handover', 150);
    await fixtures.pool.query("update worker_leases set holder = 'thief', fence = fence + 1 where name = 'handover'");
    await new Promise((resolve) => first.lost.addEventListener('abort', resolve));
    expect(first.lost.reason).toMatchObject({ code: 'IA_RUNTIME_LEASE_LOST' });
    await (await second).release();
    expect((await hold('handover')).lost.aborted).toBe(false);
  });
});

test('a connection to a server that answers nothing is closed all the same', async () => {
  const proxy = await startCuttingProxy(database.urls.worker);
  open.push(proxy);
  const connection = connect(proxy.url);
  await connection.use((client) => client.query('select 1'));
  proxy.freeze();
  await expect(connection.close()).resolves.toBeUndefined();
});

describe('a connection lost in the middle of a commit', () => {
  test.each(['before', 'after'] as const)('%s the server got it: nothing is lost or doubled', async (moment) => {
    const runs = await Promise.all(Array.from({ length: 20 }, () => fixtures.startRun(acme)));
    const proxy = await startCuttingProxy(database.urls.worker);
    open.push(proxy);
    const { committer } = commitWith(await hold(`cut-${moment}`), connect(proxy.url));

    for (const [position, runId] of runs.entries()) {
      if (position % 3 === 0) proxy.cutAtNextCommit(moment);
      const append = toAppend(acme, runId, [started(runId), succeeded(runId, 2)]);
      const { tenantId, pipelineId } = acme;
      const reward = { tenantId, pipelineId, stepId: moment, context: 'c', arm: 'a', reward: 0.5 };
      await committer.append({ ...append, effects: { ...append.effects, rewards: [reward] } });
    }

    for (const runId of runs) {
      expect((await fixtures.events(runId)).map((event) => event.type)).toEqual(['run_started', 'run_succeeded']);
    }
    const { rows } = await fixtures.pool.query(
      'select pulls::int as pulls, reward from router_arms where step_id = $1',
      [moment],
    );
    expect(rows).toEqual([{ pulls: 20, reward: 10 }]);
    expect(proxy.cuts).toBe(7);
  });
});

test('of many results under one key in a group the last is kept, and rewards add up within what can be added', async () => {
  const { committer } = commitWith(await hold('shared-state'));
  const runs = await Promise.all(Array.from({ length: 3 }, () => fixtures.startRun(globex)));
  const { tenantId, pipelineId } = globex;
  const place = { tenantId, pipelineId, stepId: 's' };
  await Promise.all(
    runs.map((runId, index) => {
      const append = toAppend(globex, runId, [started(runId)]);
      const result = { ...place, key: 'k', output: `{"n":${index}}`, expiresAt: Date.now() + 60_000 };
      const rewards = [1e308, Number.NaN, Number.POSITIVE_INFINITY].map((reward) => ({
        ...place,
        context: 'c',
        arm: 'a',
        reward,
      }));
      return committer.append({ ...append, effects: { ...append.effects, results: [result], rewards } });
    }),
  );
  const { rows: results } = await fixtures.pool.query('select output from step_results where tenant_id = $1', [
    tenantId,
  ]);
  expect(results).toEqual([{ output: { n: 2 } }]);
  const { rows: arms } = await fixtures.pool.query(
    'select pulls::int as pulls, reward from router_arms where tenant_id = $1',
    [tenantId],
  );
  expect(arms).toEqual([{ pulls: 9, reward: expect.closeTo(3e300, -290) }]);
});
