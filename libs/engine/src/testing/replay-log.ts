import type { DurableContext } from '../ports/durable-context.ts';
import type { EventDraft, RunEvent } from '../run/events.ts';
import { interpret } from '../run/interpret.ts';
import type { Plan } from '../run/plan.ts';
import { SETTLEMENT_EVENTS, toRecordedSettlement } from '../run/recorded-settlement.ts';

/** Runs a plan again from nothing but a log, as a runtime does after a crash, and returns the events it writes this time. */
export const replayLog = async (plan: Plan, log: readonly RunEvent[], seed: number): Promise<EventDraft[]> => {
  const [first] = log;
  if (first?.type !== 'run_started') throw new Error('A log starts with run_started.');
  const settlements = log.filter(({ type }) => SETTLEMENT_EVENTS.has(type));
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
    child: () => {},
    acquire: () => {},
    release: () => {},
    consult: () => {},
    reward: () => {},
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
  await interpret({ ...first.data, plan, context });
  return written;
};
