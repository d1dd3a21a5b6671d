/**
 * Measures durable runs on one machine: ten no-op steps a run, one at a time and fifty at once, beside raw Postgres that
 * writes a run and its events in one commit. PostgreSQL is its own, with fsync on.
 *
 *   node --conditions=ia-src bench/runs.ts
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { formatTable, summarize } from '@ia-modules/benchmark';
import { migrate, provisionRoles } from '@ia-modules/database';
import { startEmbeddedPostgres } from '@ia-modules/database/embedded-postgres';
import { createPool, createRuntime } from '@ia-modules/runtime-postgres';
import { createRunFixtures, type PipelineFixture, type RunFixtures } from '@ia-modules/runtime-postgres/testing';
import { Client, type Pool } from 'pg';

const STEPS = 10;
const SEQUENTIAL_RUNS = 300;
const CONCURRENT_RUNS = 3_000;
const CONCURRENCY = 50;
const WARM_UP_RUNS = 200;

const DEFINITION = {
  name: 'ten-noops',
  steps: Array.from({ length: STEPS }, (_, index) => ({ id: `s${index}`, uses: 'core.noop' })),
  flow: { transitions: Array.from({ length: STEPS - 1 }, (_, index) => ({ from: `s${index}`, to: `s${index + 1}` })) },
};

type Latency = { readonly firstEventMs: number; readonly endMs: number };
type StartRun = () => Promise<Latency>;

/** Starts runs and tells by notification when their first events are committed and when they have ended. */
const createStarter = async (fixtures: RunFixtures, pipeline: PipelineFixture, url: string) => {
  const listener = new Client({ connectionString: url });
  listener.on('error', (error) => process.stderr.write(`The listener broke: ${error.message}\n`));
  await listener.connect();
  const onProgress = new Map<string, (lastSeq: number) => void>();
  listener.on('notification', ({ payload = '' }) => {
    const [, runId = '', lastSeq] = payload.split(':');
    onProgress.get(runId)?.(Number(lastSeq));
  });
  await listener.query('listen run_events');

  const start: StartRun = async () => {
    const startedAt = performance.now();
    const ended = Promise.withResolvers<Latency>();
    let firstEventMs: number | undefined;
    const runId = randomUUID();
    onProgress.set(runId, (lastSeq) => {
      const elapsedMs = performance.now() - startedAt;
      firstEventMs ??= elapsedMs;
      if (lastSeq === STEPS + 2) ended.resolve({ firstEventMs, endMs: elapsedMs });
    });
    await fixtures.startRun(pipeline, {}, runId);
    const latency = await ended.promise;
    onProgress.delete(runId);
    return latency;
  };
  return { start, close: () => listener.end() };
};

/** What a database alone can do: the row of the run and one chunk with its events, in one commit. */
const createRawWriter = (pool: Pool, pipeline: PipelineFixture): StartRun => {
  const events = JSON.stringify(
    Array.from({ length: STEPS + 2 }, (_, index) => ({
      at: Date.now(),
      type: 'step_succeeded',
      stepId: `s${index}`,
      data: { output: {} },
    })),
  );
  return async () => {
    const startedAt = performance.now();
    const client = await pool.connect();
    const { tenantId, pipelineId, versionId } = pipeline;
    const runId = randomUUID();
    await client.query('begin');
    await client.query({
      name: 'raw_run',
      text: `insert into runs (id, tenant_id, pipeline_id, pipeline_version_id, parameters, trigger, seed, created_by, status, last_seq)
        values ($1, $2, $3, $4, '{}', '{}', 1, 'bench', 'succeeded', $5)`,
      values: [runId, tenantId, pipelineId, versionId, STEPS + 2],
    });
    await client.query({
      name: 'raw_events',
      text: 'insert into run_event_chunks (tenant_id, run_id, first_seq, last_seq, events) values ($1, $2, 1, $3, $4)',
      values: [tenantId, runId, STEPS + 2, events],
    });
    await client.query('commit');
    client.release();
    const endMs = performance.now() - startedAt;
    return { firstEventMs: endMs, endMs };
  };
};

const runMany = async (start: StartRun, count: number, concurrency: number) => {
  const latencies: Latency[] = [];
  let started = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (started < count) {
        started += 1;
        latencies.push(await start());
      }
    }),
  );
  return { runsPerSecond: (count / (performance.now() - startedAt)) * 1_000, latencies };
};

const measureRow = async (
  name: string,
  start: StartRun,
  mode: { readonly count: number; readonly concurrency: number },
) => {
  const { runsPerSecond, latencies } = await runMany(start, mode.count, mode.concurrency);
  const firstEvent = summarize(latencies.map((latency) => latency.firstEventMs));
  const end = summarize(latencies.map((latency) => latency.endMs));
  return [name, mode.concurrency, runsPerSecond, firstEvent.median, end.median, end.p99];
};

const bytesPerStep = async (pool: Pool): Promise<number> => {
  const { rows } = await pool.query<{ bytes: number }>(
    `select sum(pg_column_size(chunk.*))::float8 / (count(distinct chunk.run_id) * ${STEPS}) as bytes
     from run_event_chunks chunk join runs on runs.id = chunk.run_id where runs.created_by <> 'bench'`,
  );
  return rows[0]?.bytes ?? Number.NaN;
};

const benchmark = async (adminUrl: string): Promise<void> => {
  await migrate(adminUrl);
  const urls = await provisionRoles(adminUrl);
  const fixtures = createRunFixtures(adminUrl);
  const pipeline = await fixtures.createPipeline(await fixtures.createTenant('bench'), DEFINITION);
  const runtime = createRuntime({
    databaseUrl: urls.worker,
    executorFor: () => ({ execute: async ({ input }) => input }),
  });
  await runtime.leading;
  const starter = await createStarter(fixtures, pipeline, urls.app);
  const rawPool = createPool({ url: adminUrl, applicationName: 'bench', maxConnections: CONCURRENCY });
  const raw = createRawWriter(rawPool, pipeline);

  await runMany(starter.start, WARM_UP_RUNS, CONCURRENCY);
  await runMany(raw, WARM_UP_RUNS, CONCURRENCY);
  const oneAtATime = { count: SEQUENTIAL_RUNS, concurrency: 1 };
  const fiftyAtOnce = { count: CONCURRENT_RUNS, concurrency: CONCURRENCY };
  const rows = [
    await measureRow('raw Postgres', raw, oneAtATime),
    await measureRow('durable runs', starter.start, oneAtATime),
    await measureRow('raw Postgres', raw, fiftyAtOnce),
    await measureRow('durable runs', starter.start, fiftyAtOnce),
  ];
  const header = ['subject', 'at once', 'runs/s', 'start → first event p50 ms', 'start → end p50 ms', 'end p99 ms'];
  process.stdout.write(`${formatTable(header, rows)}\n`);
  process.stdout.write(`Bytes in the log per no-op step: ${Math.round(await bytesPerStep(fixtures.pool))}\n`);

  await starter.close();
  await runtime.stop();
  await rawPool.end();
  await fixtures.close();
};

const directory = mkdtempSync(path.join(tmpdir(), 'ia-bench-runs-'));
const postgres = await startEmbeddedPostgres({
  dataDir: path.join(directory, 'data'),
  port: 0,
  superuserPassword: randomUUID(),
});
try {
  await benchmark(postgres.adminUrl);
} finally {
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
}
