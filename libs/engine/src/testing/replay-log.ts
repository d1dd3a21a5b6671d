import type { DurableContext, Settled } from '../ports/durable-context.ts';
import { taskKey, timerKey } from '../run/evolve.ts';
import type { EventDraft, RunEvent } from '../run/events.ts';
import { interpret } from '../run/interpret.ts';
import type { Plan } from '../run/plan.ts';
import { RUN_TIMEOUT_KEY } from '../run/run-end.ts';

/** Runs a plan again from nothing but a log, as a runtime does after a crash, and returns the events it writes this time. */
export const replayLog = async (plan: Plan, log: readonly RunEvent[], seed: number): Promise<EventDraft[]> => {
  const [first] = log;
  if (first?.type !== 'run_started') throw new Error('A log starts with run_started.');
  const settlements = log.flatMap((event) => toSettlement(event) ?? []);
  const written: EventDraft[] = [];
  let now = first.at;
  let position = 0;
  const context: DurableContext = {
    runId: first.runId,
    seed,
    now: () => now,
    emit: (events) => {
      written.push(...events);
    },
    task: () => {},
    cancelTask: () => {},
    timer: () => {},
    cancelTimer: () => {},
    next: () => {
      const settlement = settlements[position];
      position += 1;
      if (settlement === undefined) return Promise.reject(new Error('The log is at its end and the run is not.'));
      now = settlement.at;
      return Promise.resolve(settlement.settled);
    },
  };
  const { parameters, trigger, pipeline } = first.data;
  await interpret({ plan, context, parameters, trigger, pipeline });
  return written;
};

const toSettlement = (event: RunEvent): { readonly settled: Settled; readonly at: number } | undefined => {
  const settled = readSettlement(event);
  return settled && { settled, at: event.at };
};

const readSettlement = (event: RunEvent): Settled | undefined => {
  const { stepId = '', attempt = 1 } = event;
  switch (event.type) {
    case 'task_started':
      return { kind: 'task_started', key: taskKey(stepId, attempt), ...event.data };
    case 'task_succeeded':
      return { kind: 'task_succeeded', key: taskKey(stepId, attempt), output: event.data.output };
    case 'task_failed':
      return { kind: 'task_failed', key: taskKey(stepId, attempt), error: event.data.error };
    case 'timer_fired': {
      const { purpose } = event.data;
      return { kind: 'timer_fired', key: purpose === 'timeout' ? RUN_TIMEOUT_KEY : timerKey(stepId, attempt, purpose) };
    }
    case 'cancel_requested':
      return { kind: 'cancel_requested', ...event.data };
    default:
      return undefined;
  }
};
