import { randomUUID } from 'node:crypto';
import { type Job, Logger, run, type Task } from 'graphile-worker';
import { z } from 'zod';
import { pinnedVersion } from './pinned-version.ts';
import { MOST_AT_ONCE } from './scale.ts';
import { STEPS, type Subject, timeRun } from './subject.ts';

const stepPayload = z.object({ runId: z.string(), step: z.number() });

/** What a step has to say goes into the job of the next one. */
const doStep: Task = async (payload, { addJob }) => {
  const { runId, step } = stepPayload.parse(payload);
  if (step < STEPS) await addJob('step', { runId, step: step + 1 });
};

export const graphileWorker: Subject = {
  name: 'graphile-worker',
  method: `${pinnedVersion('graphile-worker')}, ${STEPS} jobs, each adds the next one; ${MOST_AT_ONCE} at once in this process`,
  open: async (server) => {
    const ended = new Map<string, () => void>();
    const runner = await run({
      connectionString: await server.createDatabase('graphile_worker'),
      maxPoolSize: MOST_AT_ONCE + 10,
      concurrency: MOST_AT_ONCE,
      noHandleSignals: true,
      logger: new Logger(() => () => {}),
      taskList: { step: doStep },
    });
    runner.events.on('job:complete', ({ job }: { readonly job: Job }) => {
      const { runId, step } = stepPayload.parse(job.payload);
      if (step === STEPS) ended.get(runId)?.();
    });
    const start = timeRun(async () => {
      const runId = randomUUID();
      const { promise, resolve } = Promise.withResolvers<void>();
      ended.set(runId, resolve);
      await runner.addJob('step', { runId, step: 1 });
      await promise;
      ended.delete(runId);
      return STEPS;
    });
    return { start, [Symbol.asyncDispose]: () => runner.stop() };
  },
};
