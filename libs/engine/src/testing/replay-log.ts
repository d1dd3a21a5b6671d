import type { DurableContext } from '../ports/durable-context.ts';
import type { EventDraft, RunEvent } from '../run/events.ts';
import { interpret } from '../run/interpret.ts';
import type { Plan } from '../run/plan.ts';
import { SETTLEMENT_EVENTS, toRecordedSettlement } from '../run/recorded-settlement.ts';

/** Ends a replay whose log ends before the run does. */
const END_OF_LOG = new Error('The log ends here.');

/**
 * Runs a plan again from nothing but a log, as a runtime does after a crash, and returns the events it writes this time. A log
 * may end anywhere: what its last settlement leads to is written too.
 */
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
      if (event === undefined) return Promise.reject(END_OF_LOG);
      now = event.at;
      return Promise.resolve(toRecordedSettlement(event));
    },
  };
  try {
    await interpret({ ...first.data, plan, context });
  } catch (error) {
    if (error !== END_OF_LOG) throw error;
  }
  return written;
};
