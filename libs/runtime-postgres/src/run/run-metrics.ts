import type { RunEvent, TaskExecutor } from '@ia-modules/engine';
import type { Metrics } from '@ia-modules/telemetry';
import type { EndedStep, StepTally } from '../metering/step-tally.ts';

const RUN_ENDS: ReadonlyMap<RunEvent['type'], string> = new Map([
  ['run_succeeded', 'succeeded'],
  ['run_failed', 'failed'],
  ['run_canceled', 'canceled'],
]);

/** Turns a run's new events into measurements; the stored ones only tell when things began. */
export const createRunMetrics = (
  metrics: Metrics,
  run: {
    readonly pipelineName: string;
    /** When the run started, where the stored events begin later. */
    readonly startedAt: number | undefined;
    readonly stored: readonly RunEvent[];
    /** What came before the stored events; goes on with those and with the new ones. */
    readonly tally: StepTally;
  },
): ((event: RunEvent) => void) => {
  const { tally } = run;
  let { startedAt } = run;
  const note = (event: RunEvent): EndedStep | undefined => {
    if (event.type === 'run_started') startedAt = event.at;
    return tally.apply(event);
  };
  for (const event of run.stored) note(event);

  return (event) => {
    const ended = note(event);
    const { stepId, type, at } = event;
    if (stepId !== undefined && (type === 'task_failed' || type === 'step_failed')) {
      metrics.stepError({ step: stepId, errorType: event.data.error.name });
    }
    if (stepId !== undefined && type === 'task_scheduled' && event.part === undefined) {
      metrics.stepAttempt({ step: stepId });
    }
    if ('costUsd' in event.data && typeof event.data.costUsd === 'number' && event.data.costUsd > 0) {
      metrics.costAdded({ step: stepId, usd: event.data.costUsd });
    }
    if (ended !== undefined) {
      metrics.stepEnded({ step: ended.stepId, status: ended.status, durationMs: ended.durationMs });
    }
    const runStatus = RUN_ENDS.get(type);
    if (runStatus !== undefined) {
      metrics.runEnded({ pipeline: run.pipelineName, status: runStatus, durationMs: at - (startedAt ?? at) });
    }
  };
};

/** Counts the attempts that an executor works on. */
export const meterExecutor = (executor: TaskExecutor, metrics: Metrics, pipeline: string): TaskExecutor => ({
  execute: async (request, execution) => {
    metrics.attemptStarted({ pipeline });
    try {
      return await executor.execute(request, execution);
    } finally {
      metrics.attemptEnded({ pipeline });
    }
  },
});
