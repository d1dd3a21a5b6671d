/**
 * Measures how long after an advisory is published a version still starts or runs, under the load of two workers' places, and what it
 * costs to record which code ran: runs of the same pipeline without a plugin, with one that is only named, and with one that is admitted
 * as well. PostgreSQL is its own, with fsync on. `--write` puts the figures into docs/benchmarks.md.
 *
 *   npm run bench -- advisories [--write]
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { formatTable, summarize } from '@ia-modules/benchmark';
import { createListener } from '@ia-modules/database';
import { installPlugin } from '@ia-modules/database/testing';
import type { TaskExecutor } from '@ia-modules/engine';
import { createPluginAdmission, startRefusalOf } from '@ia-modules/plugin-admission';
import { createKeyRing } from '@ia-modules/plugin-signatures';
import { createPool, createRuntime } from '@ia-modules/runtime-postgres';
import type { PipelineFixture } from '@ia-modules/runtime-postgres/testing';
import { tenantRuns } from './fairness/tenant-runs.ts';
import { describeMachine, writeSection } from './report/section.ts';
import { stepsInARow, TASK } from './runs/pipelines.ts';
import { type BenchPlatform, openPlatform } from './runs/platform.ts';
import { type BenchServer, startServer } from './runs/server.ts';
import { untilInterrupted } from './runs/until-interrupted.ts';

const PLUGIN = { name: '@bench/plugin', version: '1.0.0', integrity: `sha512-${'A'.repeat(86)}==` } as const;
const STEPS = 5;
const RUNS = 1_000;
const ROUNDS = 3;
const ADVISORIES = 10;
const STARTERS = 8;
/** Places of two workers at their defaults. */
const MAX_TASKS = 512;
const WATCH_MS = 2_000;

type Admit = (tenantId: string) => Promise<unknown>;

const executorOf = (
  tenantId: string,
  begin: 'nothing' | 'named' | Admit,
  onAdmitted: () => void = () => undefined,
): TaskExecutor => ({
  execute: async ({ input }, { emitStarted }) => {
    if (typeof begin === 'function') await begin(tenantId);
    onAdmitted();
    await emitStarted({ worker: 'bench', ...(begin === 'nothing' ? {} : { plugin: PLUGIN }) });
    return input;
  },
});

const openAdmission = (platform: BenchPlatform) => {
  const pool = createPool({ url: platform.workerUrl, applicationName: 'bench-admission', maxConnections: 4 });
  const listener = createListener(platform.workerUrl);
  const keys = createKeyRing({ pool, listener });
  const admission = createPluginAdmission({ pool, keys });
  return {
    admit: (tenantId: string) => admission.admit({ tenantId, plugin: PLUGIN }),
    [Symbol.asyncDispose]: async () => {
      await keys.close();
      await listener.close();
      await pool.end();
    },
  };
};

const openPipeline = async (platform: BenchPlatform): Promise<PipelineFixture> => {
  const { fixtures } = platform;
  const tenantId = await fixtures.createTenant(`t-${randomUUID().slice(0, 8)}`);
  await installPlugin(fixtures.pool, { tenantId, plugin: PLUGIN, grant: {} });
  return fixtures.createPipeline(tenantId, stepsInARow(STEPS, TASK), { resolvedPlugins: { plugin: PLUGIN } });
};

const runsPerSecond = async (platform: BenchPlatform, begin: 'nothing' | 'named' | Admit): Promise<number> => {
  const pipeline = await openPipeline(platform);
  const runs = tenantRuns(platform.fixtures, pipeline);
  const runtime = createRuntime({
    databaseUrl: platform.workerUrl,
    executorFor: ({ tenantId }) => executorOf(tenantId, begin),
  });
  try {
    await runtime.leading;
    await runs.create(RUNS);
    const ended = (await runs.untilEnded()).map(({ startedAt, finishedAt }) => ({ startedAt, finishedAt }));
    const first = Math.min(...ended.map(({ startedAt }) => startedAt));
    const last = Math.max(...ended.map(({ finishedAt }) => finishedAt));
    return RUNS / ((last - first) / 1_000);
  } finally {
    await runtime.stop();
  }
};

const measureCost = async (server: BenchServer, platform: BenchPlatform): Promise<string> => {
  await using admission = openAdmission(platform);
  const ways = {
    'no plugin': 'nothing',
    'a plugin, named and on record': 'named',
    'and admitted': admission.admit,
  } as const;
  const rates = new Map<string, number[]>();
  await runsPerSecond(platform, 'nothing');
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, begin] of Object.entries(ways)) {
      await server.analyze();
      rates.set(name, [...(rates.get(name) ?? []), await runsPerSecond(platform, begin)]);
    }
  }
  const rows = [...rates].map(([name, values]): (string | number)[] => [name, Math.round(summarize(values).median)]);
  return formatTable([`${RUNS} runs of ${STEPS} tasks`, 'runs/s'], rows);
};

const PUBLISH = `with warned as (insert into advisories (id, tenant_id, plugin_name, affected_range, severity, title, description, published_by)
    select $1, tenant_id, name, '*', 'high', 'bench', '', 'bench' from plugins where name = $2 returning id, tenant_id, plugin_name)
  insert into advisory_versions (tenant_id, advisory_id, plugin_name, version) select tenant_id, id, plugin_name, $3 from warned`;
const WITHDRAW = 'update advisories set withdrawn_at = now() where id = $1';

type Lags = { readonly start: number; readonly attempt: number };

/** Starts runs one after the other, notes the last that could be, until it is told to end. */
const measureLag = async (
  platform: BenchPlatform,
  pipeline: PipelineFixture,
  last: { attempt: number },
): Promise<Lags> => {
  const { pool } = platform.fixtures;
  let lastStart = 0;
  const over = new AbortController();
  const starters = Array.from({ length: STARTERS }, async () => {
    while (!over.signal.aborted) {
      try {
        await platform.fixtures.startRun(pipeline);
        lastStart = performance.now();
      } catch (error) {
        if (startRefusalOf(error) === undefined) throw error;
      }
    }
  });
  await delay(WATCH_MS / 2);
  const id = randomUUID();
  await pool.query(PUBLISH, [id, PLUGIN.name, PLUGIN.version]);
  const publishedAt = performance.now();
  await delay(WATCH_MS);
  over.abort();
  await Promise.all(starters);
  const lags = { start: Math.max(0, lastStart - publishedAt), attempt: Math.max(0, last.attempt - publishedAt) };
  await pool.query(WITHDRAW, [id]);
  return lags;
};

const measureLags = async (platform: BenchPlatform): Promise<string> => {
  await using admission = openAdmission(platform);
  const last = { attempt: 0 };
  const note = (): void => {
    last.attempt = performance.now();
  };
  const runtime = createRuntime({
    databaseUrl: platform.workerUrl,
    maxConcurrentTasks: MAX_TASKS,
    executorFor: ({ tenantId }) => executorOf(tenantId, admission.admit, note),
  });
  try {
    await runtime.leading;
    const pipeline = await openPipeline(platform);
    const lags: Lags[] = [];
    for (let round = 0; round < ADVISORIES; round += 1) lags.push(await measureLag(platform, pipeline, last));
    const rowOf = (name: string, values: readonly number[]): (string | number)[] => {
      const { median, max } = { median: summarize(values).median, max: Math.max(...values) };
      return [name, values.length, median.toFixed(1), max.toFixed(1)];
    };
    return formatTable(
      ['after the advisory is committed', 'advisories', 'median ms', 'longest ms'],
      [
        rowOf(
          'last run that starts',
          lags.map(({ start }) => start),
        ),
        rowOf(
          'last attempt that is let in',
          lags.map(({ attempt }) => attempt),
        ),
      ],
    );
  } finally {
    await runtime.stop();
  }
};

const measure = async (): Promise<string> => {
  const interrupted = untilInterrupted();
  await using server = await startServer();
  await using platform = await openPlatform(server);
  const all = async (): Promise<string> =>
    [await measureLags(platform), await measureCost(server, platform)].join('\n\n');
  return await Promise.race([all(), interrupted]);
};

try {
  const text = [
    '## Advisories and what runs',
    `${describeMachine()} ${STARTERS} clients start runs without a pause while advisories come. \`npm run bench -- advisories\` measures again.`,
    await measure(),
  ].join('\n\n');
  process.stdout.write(`${text}\n`);
  if (process.argv.includes('--write')) writeSection('advisories', text);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  // What was interrupted goes on otherwise.
  process.exit(1);
}
