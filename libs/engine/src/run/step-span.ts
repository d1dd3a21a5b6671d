import type { EventType } from './events.ts';

/** The events that begin an execution of a step, when none is open. */
export const STEP_BEGINNINGS: ReadonlySet<EventType> = new Set([
  'task_scheduled',
  'map_started',
  'slot_requested',
  'slot_acquired',
  'slot_delayed',
  'routing_started',
  'signal_awaited',
  'approval_requested',
  'timer_set',
  'step_succeeded',
  'step_failed',
]);

export type StepEnd = 'succeeded' | 'failed' | 'canceled';

/** The events that end it, and how; one that is skipped was none. */
export const STEP_ENDS: ReadonlyMap<EventType, StepEnd> = new Map([
  ['step_succeeded', 'succeeded'],
  ['step_failed', 'failed'],
  ['step_canceled', 'canceled'],
]);
