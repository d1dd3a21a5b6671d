import type { RunEvent, TaskExecutor } from '@ia-modules/engine';
import type { Metrics } from '@ia-modules/telemetry';

const COMPENSATION = 'compensate';

const STEP_BEGINNINGS: ReadonlySet<RunEvent['type']> = new Set([
  'task_scheduled',
  'timer_set',
  'slot_requested',
  'map_started',
]);

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
  run: {
    readonly pipelineName: string;
    /** When the run started, where the stored events begin later. */
    readonly startedAt: number | undefined;
    readonly stored: readonly RunEvent[];
  },
): ((event: RunEvent) => void) => {
  let { startedAt } = run;
  const openSteps = new Map<string, number>();

  const noteBeginning = ({ type, stepId, part, at }: RunEvent): void => {
    if (type === 'run_started') startedAt = at;
    // A compensation comes after the end of its step.
    if (stepId === undefined || part === COMPENSATION || !STEP_BEGINNINGS.has(type)) return;
    if (!openSteps.has(stepId)) openSteps.set(stepId, at);
  };
  const noteEnd = ({ type, stepId }: RunEvent): void => {
    if (stepId !== undefined && STEP_ENDS.has(type)) openSteps.delete(stepId);
  };
  for (const event of run.stored) {
    noteBeginning(event);
    noteEnd(event);
  }

  return (event) => {
    noteBeginning(event);
    const { stepId, type, at } = event;
    if (stepId !== undefined && (type === 'task_failed' || type === 'step_failed')) {
      metrics.stepError({ step: stepId, errorType: event.data.error.name });
    }
    const stepStatus = STEP_ENDS.get(type);
    if (stepId !== undefined && stepStatus !== undefined) {
      metrics.stepEnded({ step: stepId, status: stepStatus, durationMs: at - (openSteps.get(stepId) ?? at) });
    }
    noteEnd(event);
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
