import type { ForkPoint, RecordedError, RunEvent } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';

type Point = Pick<ForkPoint, 'stepId' | 'iteration'>;

const pointOf = ({ stepId = '', iteration }: RunEvent): Point =>
  iteration === undefined ? { stepId } : { stepId, iteration };

const isSame = (a: RecordedError, b: RecordedError): boolean => a.code === b.code && a.message === b.message;

type Ended = { readonly at: number; readonly error: RecordedError | null };

/** Where the run's course was over: compensations and last hooks come after it. */
const endOf = (events: readonly RunEvent[]): Ended | null => {
  for (const [at, event] of events.entries()) {
    if (event.type === 'run_ending') return { at, error: event.data.kind === 'failed' ? event.data.error : null };
    if (event.type === 'run_failed') return { at, error: event.data.error };
    if (event.type === 'run_canceled') return { at, error: null };
  }
  return null;
};

/** The step whose error ended the run: the last one before the end that failed with it. */
const stepThatFailed = (course: readonly RunEvent[], error: RecordedError): Point | null => {
  const failed = course.findLast((event) => event.type === 'step_failed' && isSame(event.data.error, error));
  return failed === undefined ? null : pointOf(failed);
};

/** Of the steps that the end cut short, the one that began first: whatever began later is done anew as well. */
const stepCutShort = (course: readonly RunEvent[]): Point | null => {
  const last = course.findLastIndex(({ type }) => !CUTS.has(type));
  const cut = new Set(course.slice(last + 1).map(keyOf));
  const first = course.find((event) => BEGINNINGS.has(event.type) && cut.has(keyOf(event)));
  return first === undefined ? null : pointOf(first);
};

/** What an end records of everything that is under way. */
const CUTS: ReadonlySet<RunEvent['type']> = new Set(['step_canceled', 'item_canceled', 'task_canceled']);

const keyOf = ({ stepId = '', iteration = '' }: RunEvent): string => `${stepId}#${iteration}`;

const BEGINNINGS: ReadonlySet<RunEvent['type']> = new Set([
  'task_scheduled',
  'map_started',
  'slot_requested',
  'timer_set',
  'signal_awaited',
  'approval_requested',
]);

/**
 * Finds the step that a run which failed or was canceled is to be retried from.
 * @throws PlatformError IA_RUN_FORK when no step is to blame
 */
export const findFailedStep = (events: readonly RunEvent[]): Point => {
  const end = endOf(events);
  const course = events.slice(0, end?.at ?? 0);
  const failed = end === null || end.error === null ? null : stepThatFailed(course, end.error);
  const point = failed ?? stepCutShort(course);
  if (point !== null) return point;
  throw new PlatformError({
    code: 'IA_RUN_FORK',
    message: 'No step made this run end as it did.',
    hint: 'Fork it from a step, or replay it from its beginning.',
  });
};
