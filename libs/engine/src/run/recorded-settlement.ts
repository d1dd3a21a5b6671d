import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Settled } from '../ports/durable-context.ts';
import type { RunEvent } from './events.ts';
import { taskKey, timerKey } from './evolve.ts';
import { RUN_TIMEOUT_KEY } from './run-end.ts';

/**
 * Reads back the settlement that an event records: the first event of every decision but the first. A durable context
 * plays these back through `next` when it replays a log.
 * @throws PlatformError IA_RUNTIME_REPLAY when the event is none that records a settlement
 */
export const toRecordedSettlement = (event: RunEvent): Settled => {
  const { stepId = '', attempt = 1 } = event;
  const key = taskKey(stepId, attempt);
  switch (event.type) {
    case 'task_started':
      return { kind: 'task_started', key, ...event.data };
    case 'task_succeeded':
      return { kind: 'task_succeeded', key, output: event.data.output };
    case 'task_failed':
      return { kind: 'task_failed', key, error: event.data.error };
    case 'timer_fired': {
      const { purpose } = event.data;
      return { kind: 'timer_fired', key: purpose === 'timeout' ? RUN_TIMEOUT_KEY : timerKey(stepId, attempt, purpose) };
    }
    case 'cancel_requested':
      return { kind: 'cancel_requested', ...event.data };
    default:
      throw new PlatformError({
        code: 'IA_RUNTIME_REPLAY',
        message: `Event ${event.seq} of the log, ${event.type}, follows no settlement: the run takes another course than its log.`,
        fault: 'bug',
      });
  }
};
