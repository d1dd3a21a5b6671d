import type { JsonObject } from '@ia-modules/plugin-sdk';
import type { Plan } from './plan.ts';
import type { RunState } from './state.ts';

/** An approval that people have not decided yet. Times are epoch milliseconds. */
export type AwaitedApproval = {
  /** `stepId#iteration/index`. */
  readonly key: string;
  readonly stepId: string;
  readonly request: JsonObject;
  readonly assignees: readonly string[];
  readonly since: number;
  /** When it is decided by itself; null when only people decide it. */
  readonly until: number | null;
};

/** What people are asked in a run's state. */
export const openApprovals = (plan: Plan, state: RunState): AwaitedApproval[] => {
  if (state.waits.approval === 0) return [];
  return [...state.activities.values()].flatMap(({ key, step, wait, assignees, timers }) => {
    if (wait?.kind !== 'approval') return [];
    const deadline = [...(timers?.values() ?? [])].find(({ purpose }) => purpose === 'deadline');
    const stepId = plan.stepIds[step] ?? '';
    return [{ key, stepId, request: wait.request, assignees, since: wait.since, until: deadline?.until ?? null }];
  });
};
