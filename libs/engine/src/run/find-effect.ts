import type { RecordedError } from './events.ts';
import { activityOf } from './keys.ts';
import type { Plan } from './plan.ts';
import type { Activity, RunState } from './state.ts';

/** An attempt of which somebody has to say what became of it; `activity` is null for what undoes a step. */
export type OpenEffect = {
  readonly key: string;
  readonly stepId: string;
  readonly error: RecordedError | null;
  readonly activity: Activity | null;
};

/** Everything that a run asks about. */
export const openEffects = (plan: Plan, { activities, compensation, waits }: RunState): OpenEffect[] => {
  if (waits.effect === 0) return [];
  const effects: OpenEffect[] = [];
  for (const activity of activities.values()) {
    const { wait, step } = activity;
    if (wait?.kind !== 'effect') continue;
    effects.push({ key: wait.key, error: wait.error, stepId: plan.stepIds[step] ?? '', activity });
  }
  if (compensation?.wait?.kind === 'effect') {
    const { key, error } = compensation.wait;
    effects.push({ key, error, stepId: plan.stepIds[compensation.execution.step] ?? '', activity: null });
  }
  return effects;
};

/** The attempt that a decision is about: by its own key, or by its activity or step when only one can be meant. */
export const findEffect = (plan: Plan, state: RunState, key: string): OpenEffect | undefined => {
  const open = openEffects(plan, state);
  const exact = open.find((effect) => effect.key === key);
  if (exact !== undefined) return exact;
  const meant = open.filter((effect) => activityOf(effect.key) === key || effect.stepId === key);
  return meant.length === 1 ? meant[0] : undefined;
};
