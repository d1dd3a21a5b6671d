import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Settled } from '../ports/durable-context.ts';
import type { EventType, RunEvent } from './events.ts';
import { eventActivityKey, eventTaskKey, RUN_BREATH_KEY, RUN_TIMEOUT_KEY, timerKey } from './keys.ts';

/** The events that record a settlement: each decision but the first begins with one, and has no other. */
export const SETTLEMENT_EVENTS: ReadonlySet<EventType> = new Set([
  'task_started',
  'task_succeeded',
  'task_failed',
  'task_unknown',
  'effect_decided',
  'timer_fired',
  'slot_delayed',
  'slot_acquired',
  'router_consulted',
  'cancel_requested',
  'pause_requested',
  'resume_requested',
  'budget_raised',
  'signal_received',
  'approval_decided',
  'debug_command',
]);

/**
 * Reads back the settlement that an event records: the first event of every decision but the first. A durable context
 * plays these back through `next` when it replays a log.
 * @throws PlatformError IA_RUNTIME_REPLAY when the event is none that records a settlement
 */
export const toRecordedSettlement = (event: RunEvent): Settled => {
  switch (event.type) {
    case 'task_started':
      return { kind: 'task_started', key: eventTaskKey(event), ...event.data };
    case 'task_succeeded':
      return { kind: 'task_succeeded', key: eventTaskKey(event), ...event.data };
    case 'task_failed':
      return { kind: 'task_failed', key: eventTaskKey(event), ...event.data };
    case 'task_unknown':
    case 'effect_decided':
      return { kind: event.type, key: eventTaskKey(event), ...event.data } as Settled;
    case 'timer_fired':
      return { kind: 'timer_fired', key: firedKey(event) };
    case 'slot_delayed':
    case 'slot_acquired':
      return { kind: event.type, key: eventActivityKey(event) };
    case 'router_consulted':
      return { kind: 'router_consulted', key: eventTaskKey(event), ...event.data };
    case 'cancel_requested':
    case 'pause_requested':
    case 'resume_requested':
    case 'budget_raised':
    case 'signal_received':
    case 'debug_command':
      return { kind: event.type, ...event.data } as Settled;
    case 'approval_decided': {
      const { refusal: _refusal, ...vote } = event.data;
      return { kind: 'approval_decided', key: eventActivityKey(event), ...vote };
    }
    default:
      throw new PlatformError({
        code: 'IA_RUNTIME_REPLAY',
        message: `Event ${event.seq} of the log, ${event.type}, follows no settlement: the run takes another course than its log.`,
        fault: 'bug',
      });
  }
};

const firedKey = (event: Extract<RunEvent, { type: 'timer_fired' }>): string => {
  const { purpose } = event.data;
  if (purpose === 'timeout') return RUN_TIMEOUT_KEY;
  if (purpose === 'breath') return RUN_BREATH_KEY;
  return timerKey(eventActivityKey(event), { attempt: event.attempt ?? 1, purpose, part: event.part });
};
