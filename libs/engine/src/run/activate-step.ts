import { PlatformError } from '@ia-modules/plugin-sdk';
import { cancelRunning } from './cancel-activity.ts';
import type { Turn } from './decision.ts';
import { EDGE } from './evolve-flow.ts';
import type { RecordedError } from './events.ts';
import { timerKey, type Place } from './keys.ts';
import type { PlanStep } from './plan.ts';
import { toRecordedError } from './recorded-error.ts';
import { failStep, succeedStep } from './step-end.ts';
import { beginAt } from './visit-map.ts';

/** Looks at a step whose join is decided: runs it, skips it, or fails it when its join can't be met. */
export const activateStep = (turn: Turn, index: number): void => {
  const { plan, state } = turn;
  const step = plan.steps[index];
  if (step === undefined) return;
  const taken = state.taken[index] ?? 0;
  const place = turn.place(index);
  if (taken === 0) {
    turn.recordAt(place, 'step_skipped', { data: {} });
    return;
  }
  if (step.cancelsRest && step.joinCount > 0) cancelRest(turn, index);
  if (taken < step.joinCount) failStep(turn, place, unmetJoin(step, taken));
  else if (!mock(turn, place)) {
    if (step.maxDurationMs !== null) limit(turn, place, step.maxDurationMs);
    beginAt(turn, place);
  }
};

const cancelRest = (turn: Turn, index: number): void => {
  for (const transition of turn.plan.incoming[index] ?? []) {
    const from = turn.plan.transitions[transition]?.from;
    // A source that has arrived is needed no more anyway: in a loop it may be at work on something else.
    if (from !== undefined && turn.state.edges[transition] !== EDGE.taken)
      cancelRunning(turn, from, `Step '${turn.plan.stepIds[index]}' needs no more of its sources.`);
  }
};

const unmetJoin = (step: PlanStep, taken: number): RecordedError =>
  toRecordedError(
    new PlatformError({
      code: 'IA_JOIN_UNMET',
      message: `Step '${step.id}' needs ${step.joinCount} transitions, and only ${taken} can still reach it.`,
    }),
  );

/** Ends the step with what a debugger said in place of its work. */
const mock = (turn: Turn, place: Place): boolean => {
  const result = turn.state.mocks.get(place.step);
  if (result === undefined) return false;
  if ('output' in result) succeedStep(turn, place, { output: result.output, isMocked: true });
  else failStep(turn, place, result.error);
  return true;
};

const limit = (turn: Turn, place: Place, maxDurationMs: number): void => {
  const fireAt = turn.facts.now + maxDurationMs;
  const purpose = 'step_timeout';
  turn.recordAt(place, 'timer_set', { attempt: 1, data: { fireAt, purpose } });
  turn.effects.push({ kind: 'timer', key: timerKey(turn.keyOf(place), { attempt: 1, purpose }), fireAt });
};
