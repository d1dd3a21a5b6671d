import type {
  JsonObject,
  MemoryRun,
  MemoryWaiting,
  RecordedError,
  RunEvent,
  Status,
  StepView,
} from '@ia-modules/engine';
import type { Terminal } from '../terminal.ts';

/** A run as `ia-modules run --json` prints it. */
export const summarizeRun = ({ view, eventCount, waiting }: MemoryRun): Readonly<Record<string, unknown>> => ({
  status: statusOf({ view, waiting }),
  outputs: view.outputs,
  ...(view.error === null ? {} : { error: view.error }),
  ...(waiting.length === 0 ? {} : { waiting: waiting.map(summarizeWaiting) }),
  ...(view.compensations.length === 0 ? {} : { compensations: view.compensations }),
  steps: Object.fromEntries(Object.entries(view.steps).map(([id, step]) => [id, summarizeStep(step)])),
  events: eventCount,
});

/** A run that was given up waits, also when it is a sub-pipeline that does. */
export const statusOf = ({ view, waiting }: Pick<MemoryRun, 'view' | 'waiting'>): Status =>
  waiting.length > 0 ? 'waiting' : view.status;

const describeWait = ({ reason, stepId, detail }: MemoryWaiting): string =>
  reason === 'effect'
    ? `nobody knows what became of attempt ${detail['attempt'] as number}; say it with --confirm, --repeat or --fail-effect ${stepId}`
    : reason;

/** Without what is not known of it. */
const summarizeWaiting = ({ detail, ...waiting }: MemoryWaiting): JsonObject =>
  Object.fromEntries(Object.entries({ ...waiting, ...detail }).filter(([, value]) => value !== null));

const summarizeStep = ({ status, output, error, attempts, iterations }: StepView) => ({
  status,
  output,
  ...(error === null ? {} : { error }),
  attempts,
  ...(iterations > 1 ? { iterations } : {}),
});

/** What people read while a pipeline runs, by event. */
const SHOWN_EVENTS: Readonly<Partial<Record<RunEvent['type'], string>>> = {
  task_scheduled: 'started',
  task_retry_scheduled: 'will be tried again',
  step_succeeded: 'succeeded',
  step_failed: 'failed',
  step_skipped: 'skipped',
  step_canceled: 'canceled',
  timer_set: 'waits',
  slot_delayed: 'waits for its turn',
  signal_awaited: 'waits for a signal',
  approval_requested: 'waits for approval',
  approval_escalated: 'asks more people',
  item_failed: 'failed',
  loop_iterated: 'begins again',
  compensation_started: 'is being compensated',
  compensation_failed: 'could not be compensated',
  breakpoint_hit: 'stopped at a breakpoint',
};

/** One line for an event, empty for those that only machines need. */
export const describeEvent = (event: RunEvent): string => {
  const words = SHOWN_EVENTS[event.type];
  if (words === undefined || event.stepId === undefined || event.part !== undefined) return '';
  const iteration = event.iteration === undefined ? '' : `#${event.iteration}`;
  const index = event.index === undefined ? '' : `[${event.index}]`;
  const message = errorOf(event)?.message;
  return `${event.stepId}${iteration}${index} ${words}${message === undefined ? '' : `: ${message}`}\n`;
};

const errorOf = (event: RunEvent): RecordedError | undefined => {
  switch (event.type) {
    case 'task_retry_scheduled':
    case 'step_succeeded':
    case 'step_failed':
    case 'item_failed':
    case 'compensation_failed':
      return event.data.error;
    default:
      return undefined;
  }
};

/** How a run ended, and what it waits for if it did not. */
export const describeEnd = (run: MemoryRun, { style }: Pick<Terminal, 'style'>): string => {
  const { view, waiting } = run;
  const status = statusOf(run);
  if (status === 'succeeded') return `${style('green', 'succeeded')}\n${JSON.stringify(view.outputs, null, 2)}`;
  if (status === 'waiting') {
    const lines = waiting.map((wait) => `  ${wait.stepId === null ? '' : `${wait.stepId}: `}${describeWait(wait)}`);
    return `${style('yellow', 'waiting')} for what can not come here:\n${lines.join('\n')}`;
  }
  const { error } = view;
  const reason = error === null ? '' : `: ${error.message}${error.hint === undefined ? '' : `\nhint: ${error.hint}`}`;
  return `${style('red', status)}${reason}`;
};
