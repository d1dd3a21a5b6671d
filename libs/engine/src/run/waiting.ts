import type { Json } from '@ia-modules/plugin-sdk';
import type { RunEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { Plan } from './plan.ts';
import { createRunState, type Activity, type RunState, type Wait } from './state.ts';
import { isTerminal, type WaitReason } from './status.ts';

/** One thing that a run waits for. Times are epoch milliseconds. */
export type Waiting = {
  /** Null for what holds the run as a whole. */
  readonly stepId: string | null;
  readonly iteration: string | null;
  readonly index: string | null;
  /** `task` is work that is under way. */
  readonly reason: WaitReason | 'task';
  /** Null when the log does not say. */
  readonly since: number | null;
  /** When it ends by itself at the latest; null when only something from outside ends it. */
  readonly until: number | null;
  /** What would end it: a signal's name, a slot, the people asked, the limit of a budget. */
  readonly detail: Readonly<Record<string, Json>>;
};

/** Says why a run is where it is: everything that it waits for, held runs first. Empty once it has ended. */
export const explainWaits = (plan: Plan, state: RunState): Waiting[] => {
  if (isTerminal(state.status)) return [];
  const waits: Waiting[] = [...state.holds].map((hold) => ({
    stepId: hold === 'breakpoint' && state.passing !== -1 ? (plan.stepIds[state.passing] ?? null) : null,
    iteration: null,
    index: null,
    reason: hold,
    since: null,
    until: null,
    detail: hold === 'budget' ? budgetOf(state) : {},
  }));
  for (const activity of state.activities.values()) {
    if (activity.wait !== null) waits.push(toWaiting(plan, activity, activity.wait));
  }
  return waits;
};

/** The same from a log alone, up to any of its events. */
export const explainWaitsOf = (plan: Plan, events: Iterable<RunEvent>): Waiting[] => {
  const state = createRunState(plan);
  for (const event of events) evolve(plan, state, event, event.at);
  return explainWaits(plan, state);
};

const budgetOf = ({ costUsd, maxCostUsd, maxDurationMs, isDurationOver }: RunState): Record<string, Json> => ({
  costUsd,
  ...(Number.isFinite(maxCostUsd) ? { maxCostUsd } : {}),
  ...(isDurationOver && maxDurationMs !== null ? { maxDurationMs } : {}),
});

const toWaiting = (plan: Plan, activity: Activity, wait: Wait): Waiting => ({
  stepId: plan.stepIds[activity.step] ?? null,
  iteration: activity.iteration === '' ? null : activity.iteration,
  index: activity.index === '' ? null : activity.index,
  reason: reasonOf(wait),
  since: wait.since,
  until: untilOf(activity, wait),
  detail: detailOf(activity, wait),
});

const reasonOf = (wait: Wait): Waiting['reason'] => {
  if (wait.kind === 'timer') return wait.purpose === 'retry' ? 'retry' : 'timer';
  return wait.kind === 'slot' ? 'concurrency' : wait.kind;
};

const untilOf = ({ timers }: Activity, wait: Wait): number | null => {
  const limits = [...(timers?.values() ?? [])].filter(({ purpose }) => purpose !== 'escalation');
  const times = limits.map(({ until }) => until);
  if (wait.kind === 'timer') times.push(wait.until);
  return times.length === 0 ? null : Math.min(...times);
};

const detailOf = ({ assignees, votes, attempt }: Activity, wait: Wait): Record<string, Json> => {
  switch (wait.kind) {
    case 'signal':
      return { signal: wait.name };
    case 'slot':
      return { slot: wait.slot, limit: wait.limit };
    case 'approval':
      return { assignees, votes: votes?.length ?? 0, quorum: wait.request['quorum'] ?? 1 };
    default:
      return { attempt };
  }
};
