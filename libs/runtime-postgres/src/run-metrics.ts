import type { RunEvent, TaskExecutor } from '@ia-modules/engine';
import type { Metrics } from '@ia-modules/telemetry';

const STEP_ENDS: ReadonlyMap<RunEvent['type'], string> = new Map([
  ['step_succeeded', 'succeeded'],
  ['step_failed', 'failed'],
  ['step_canceled', 'canceled'],
]);

const RUN_ENDS: ReadonlyMap<RunEvent['type'], string> = new Map([
  ['run_succeeded', 'succeeded'],
  ['run_failed', 'failed'],
  ['run_canceled', 'canceled'],
]);

/** Turns a run's new events into measurements; the stored ones only tell when things began. */
export const createRunMetrics = (
  metrics: Metrics,
  run: { readonly pipelineName: string; readonly stored: readonly RunEvent[] },
): ((event: RunEvent) => void) => {
  let startedAt: number | undefined;
  const openSteps = new Map<string, number>();

  const noteBeginning = (event: RunEvent): void => {
    if (event.type === 'run_started') startedAt = event.at;
    else if (event.type === 'task_scheduled' || event.type === 'timer_set') {
      const { stepId } = event;
      if (stepId !== undefined && !openSteps.has(stepId)) openSteps.set(stepId, event.at);
    }
  };
  for (const event of run.stored) noteBeginning(event);

  return (event) => {
    noteBeginning(event);
    const { stepId: step = '', type, at } = event;
    if (type === 'task_failed' || type === 'step_failed') {
      metrics.stepError({ step, errorType: event.data.error.name });
    }
    const stepStatus = STEP_ENDS.get(type);
    if (stepStatus !== undefined) {
      metrics.stepEnded({ step, status: stepStatus, durationMs: at - (openSteps.get(step) ?? at) });
      openSteps.delete(step);
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
