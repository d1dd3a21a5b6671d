import type { DurableContext } from '../ports/durable-context.ts';
import type { EventDraft, EventType, RunEvent } from '../run/events.ts';
import { interpret } from '../run/interpret.ts';
import type { Plan } from '../run/plan.ts';
import { toRecordedSettlement } from '../run/recorded-settlement.ts';

const SETTLEMENT_TYPES: ReadonlySet<EventType> = new Set([
  'task_started',
  'task_succeeded',
  'task_failed',
  'timer_fired',
  'cancel_requested',
]);

/** Runs a plan again from nothing but a log, as a runtime does after a crash, and returns the events it writes this time. */
export const replayLog = async (plan: Plan, log: readonly RunEvent[], seed: number): Promise<EventDraft[]> => {
  const [first] = log;
  if (first?.type !== 'run_started') throw new Error('A log starts with run_started.');
  const settlements = log.filter(({ type }) => SETTLEMENT_TYPES.has(type));
  const written: EventDraft[] = [];
  let now = first.at;
  let position = 0;
  const context: DurableContext = {
    runId: first.runId,
    seed,
    now: () => now,
    emit: (events) => {
      for (const event of events) written.push(event);
    },
    task: () => {},
    cancelTask: () => {},
    timer: () => {},
    cancelTimer: () => {},
    next: () => {
      const event = settlements[position];
      position += 1;
      if (event === undefined) return Promise.reject(new Error('The log is at its end and the run is not.'));
      now = event.at;
      return Promise.resolve(toRecordedSettlement(event));
    },
  };
  const { parameters, trigger, pipeline } = first.data;
  await interpret({ plan, context, parameters, trigger, pipeline });
  return written;
};
