import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { JsonObject, TaskExecutor } from '@ia-modules/engine';
import { createRuntime, type Runtime } from '@ia-modules/runtime-postgres';
import { Client } from 'pg';
import type { RunTimes } from './load.ts';
import { type BenchDefinition, NOOP, stepsInARow, TASK } from './pipelines.ts';
import type { BenchPlatform } from './platform.ts';
import { type OpenSubject, STEPS, type Subject } from './subject.ts';

const RUN_TIMEOUT_MS = 120_000;

const giveBack: TaskExecutor = {
  execute: async ({ input }, { emitStarted }) => {
    await emitStarted({ worker: 'bench' });
    return input;
  },
};

export const startRuntime = async (databaseUrl: string): Promise<Runtime> => {
  const runtime = createRuntime({ databaseUrl, executorFor: () => giveBack });
  await runtime.leading;
  return runtime;
};

type Watch = AsyncDisposable & {
  /** Calls back with the last number of a run's log as often as it grows, until the function that it returns is called. */
  follow(runId: string, onGrowth: (lastSeq: number) => void): () => void;
};

/** Hears of committed events as the API does. */
const watchRuns = async (url: string): Promise<Watch> => {
  const client = new Client({ connectionString: url });
  const followers = new Map<string, (lastSeq: number) => void>();
  client.on('error', (error) => process.stderr.write(`The listener broke: ${error.message}\n`));
  client.on('notification', ({ payload = '' }) => {
    const [, runId = '', lastSeq] = payload.split(':');
    followers.get(runId)?.(Number(lastSeq));
  });
  await client.connect();
  await client.query('listen run_events');
  return {
    follow: (runId, onGrowth) => {
      followers.set(runId, onGrowth);
      return () => void followers.delete(runId);
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
};

/** Starts a runtime in this process, and runs of one pipeline as the API does: a pending row and a note to the worker. */
export const openPipeline = async (
  platform: BenchPlatform,
  definition: BenchDefinition,
  parameters: JsonObject = {},
): Promise<OpenSubject> => {
  await using resources = new AsyncDisposableStack();
  const { fixtures } = platform;
  const pipeline = await platform.createPipeline(definition);
  const runtime = await startRuntime(platform.workerUrl);
  resources.defer(() => runtime.stop());
  const watch = resources.use(await watchRuns(platform.appUrl));

  const first = await fixtures.untilEnded(await fixtures.startRun(pipeline, parameters));
  if (first.status !== 'succeeded') throw new Error(`${definition.name}: ${first.error?.message ?? first.status}`);

  const start = async (): Promise<RunTimes> => {
    const runId = randomUUID();
    const ended = Promise.withResolvers<RunTimes>();
    const patience = setTimeout(() => ended.reject(new Error(`run ${runId} does not end`)), RUN_TIMEOUT_MS);
    const startedAt = performance.now();
    let firstEventMs: number | undefined;
    const stopFollowing = watch.follow(runId, (lastSeq) => {
      const elapsedMs = performance.now() - startedAt;
      firstEventMs ??= elapsedMs;
      // The runs of a pipeline without choices all have the same log.
      if (lastSeq === first.lastSeq) ended.resolve({ firstEventMs, endMs: elapsedMs });
    });
    try {
      await fixtures.startRun(pipeline, parameters, runId);
      return await ended.promise;
    } finally {
      stopFollowing();
      clearTimeout(patience);
    }
  };
  const kept = resources.move();
  return { start, [Symbol.asyncDispose]: () => kept.disposeAsync() };
};

export const noopRuns = (platform: BenchPlatform): Subject => ({
  name: 'IA Modules',
  method: `a pipeline of ${STEPS} \`${NOOP}\`; the end is heard of as the API hears of it, and all of such a run's events come in one commit`,
  open: () => openPipeline(platform, stepsInARow(STEPS, NOOP)),
});

export const taskRuns = (platform: BenchPlatform): Subject => ({
  name: 'IA Modules, tasks',
  method: `a pipeline of ${STEPS} tasks, each handed to an executor that gives its input back at once`,
  open: () => openPipeline(platform, stepsInARow(STEPS, TASK)),
});
