/**
 * Measures durable runs on one machine, with a PostgreSQL of its own (fsync on): ten no-op steps a run beside other engines and
 * beside raw Postgres, tasks in a row and in a map, what a step leaves in the database, and runs that wait for approval.
 * `--quick` tries everything with small counts; `--write` puts the figures into docs/benchmarks.md.
 *
 *   npm run bench -- runs [--quick] [--write]
 */
import { describeMachine, writeSection } from './report/section.ts';
import { compareSubjects } from './runs/comparison.ts';
import { dbos } from './runs/dbos.ts';
import { noopRuns, taskRuns } from './runs/durable-runs.ts';
import { graphileWorker } from './runs/graphile-worker.ts';
import { measureParkedRuns } from './runs/parked-runs.ts';
import { type BenchPlatform, openPlatform } from './runs/platform.ts';
import { rawPostgresByRun, rawPostgresByStep } from './runs/raw-postgres.ts';
import { describeFigures, type Figures } from './runs/report.ts';
import { restateService } from './runs/restate.ts';
import { FULL_SCALE, QUICK_SCALE, type Scale } from './runs/scale.ts';
import { type BenchServer, startServer } from './runs/server.ts';
import { measureStorage } from './runs/storage.ts';
import { measureTasks } from './runs/tasks.ts';
import { untilInterrupted } from './runs/until-interrupted.ts';

const measureAll = async (
  { server, platform }: Readonly<{ server: BenchServer; platform: BenchPlatform }>,
  scale: Scale,
): Promise<Figures> => {
  // First, while the tables have no room that was freed.
  const storage = await measureStorage(platform, scale.loads);
  const subjects = await compareSubjects(
    server,
    [noopRuns(platform), taskRuns(platform), rawPostgresByRun, rawPostgresByStep, dbos, graphileWorker, restateService],
    scale,
  );
  const tasks = await measureTasks(platform, scale);
  const parked = await measureParkedRuns(platform, { runs: scale.parkedRuns, rounds: scale.rounds });
  return { storage, subjects, tasks, parked };
};

const measure = async (scale: Scale): Promise<Figures> => {
  const interrupted = untilInterrupted();
  await using server = await startServer();
  await using platform = await openPlatform(server);
  return await Promise.race([measureAll({ server, platform }, scale), interrupted]);
};

const options = new Set(process.argv.slice(2));
const isQuick = options.has('--quick');
try {
  const figures = await measure(isQuick ? QUICK_SCALE : FULL_SCALE);
  const text = [
    '## Durable runs',
    `${describeMachine()} \`npm run bench -- runs\` measures again.${isQuick ? ' Small counts, to try it out.' : ''}`,
    describeFigures(figures),
  ].join('\n\n');
  process.stdout.write(`${text}\n`);
  if (options.has('--write') && !isQuick) writeSection('runs', text);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  // What was interrupted goes on otherwise.
  process.exit(1);
}
