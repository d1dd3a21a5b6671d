import type { Json } from '@ia-modules/plugin-sdk';
import type { RunEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { Place } from './keys.ts';
import type { Plan } from './plan.ts';
import { createRunState, iterationOf, type Activity, type RunState, type Wait } from './state.ts';
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
  /** What would end it: a signal's name, a slot, the people asked, the limit of a budget, the attempt to be decided on. */
  readonly detail: Readonly<Record<string, Json>>;
};

/** Says why a run is where it is: everything that it waits for, held runs first. Empty once it has ended. */
export const explainWaits = (plan: Plan, state: RunState): Waiting[] => {
  if (isTerminal(state.status)) return [];
  const waits: Waiting[] = [...state.holds].map(([hold, since]) => ({
    ...NOWHERE,
    ...(hold === 'breakpoint' && state.passing !== -1 ? placeOf(plan, heldPlace(plan, state)) : {}),
    reason: hold,
    since,
    until: null,
    detail: hold === 'budget' ? budgetOf(state) : {},
  }));
  for (const activity of state.activities.values()) {
    if (activity.wait !== null) waits.push(toWaiting(plan, activity, activity.wait));
  }
  if (state.breathUntil !== null) {
    const until = state.breathUntil;
    waits.push({ ...NOWHERE, reason: 'task', since: until, until, detail: {} });
  }
  return [...waits, ...waitsOfEnd(plan, state)];
};

const NOWHERE = { stepId: null, iteration: null, index: null };

const heldPlace = (plan: Plan, state: RunState): Place => ({
  step: state.passing,
  iteration: iterationOf(plan, state, state.passing),
  index: '',
});

/** What a run does once its course is over: it undoes what it did, and calls its last hooks. */
const waitsOfEnd = (plan: Plan, { compensation, hooks, ending }: RunState): Waiting[] => {
  const waits: Waiting[] = [];
  if (compensation?.wait) {
    const { execution, attempt, wait } = compensation;
    waits.push({
      ...placeOf(plan, execution),
      reason: reasonOf(wait),
      since: wait.since,
      until: wait.kind === 'timer' ? wait.until : null,
      detail: { attempt, part: 'compensate', ...(wait.kind === 'effect' ? effectOf(wait) : {}) },
    });
  }
  if (ending !== null && hooks.size > 0) {
    waits.push({ ...NOWHERE, reason: 'task', since: null, until: null, detail: { hooks: hooks.size } });
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

const placeOf = (plan: Plan, { step, iteration, index }: Place): Pick<Waiting, 'stepId' | 'iteration' | 'index'> => ({
  stepId: plan.stepIds[step] ?? null,
  iteration: iteration === '' ? null : iteration,
  index: index === '' ? null : index,
});

const toWaiting = (plan: Plan, activity: Activity, wait: Wait): Waiting => ({
  ...placeOf(plan, activity),
  reason: reasonOf(wait),
  since: wait.since,
  until: untilOf(activity, wait),
  detail: detailOf(activity, wait),
});

const reasonOf = (wait: Wait): Waiting['reason'] => {
  if (wait.kind === 'timer') return wait.purpose === 'retry' ? 'retry' : 'timer';
  return wait.kind === 'slot' ? 'concurrency' : wait.kind;
};

/** The limits of a map are those of its items too. */
const untilOf = (activity: Activity, wait: Wait): number | null => {
  const times = wait.kind === 'timer' ? [wait.until] : [];
  for (let around: Activity | null = activity; around !== null; around = around.parent) {
    for (const { purpose, until } of around.timers?.values() ?? []) if (purpose !== 'escalation') times.push(until);
  }
  return times.length === 0 ? null : Math.min(...times);
};

const detailOf = ({ assignees, votes, attempt }: Activity, wait: Wait): Record<string, Json> => {
  switch (wait.kind) {
    case 'signal':
      return { signal: wait.name };
    case 'slot':
      return { slot: wait.slot, limit: wait.limit };
    case 'effect':
      return { attempt, ...effectOf(wait) };
    case 'approval':
      return { assignees, votes: votes?.length ?? 0, quorum: wait.request['quorum'] ?? 1 };
    default:
      return { attempt };
  }
};

/** What a decision names, and how the outcome was lost where that is known. */
const effectOf = ({ key, error }: Extract<Wait, { kind: 'effect' }>): Record<string, Json> => ({
  key,
  ...(error === null ? {} : { error: error.code }),
});
