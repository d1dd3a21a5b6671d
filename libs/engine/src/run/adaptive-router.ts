import type { Turn } from './decision.ts';
import type { ArmStatistics } from './events.ts';
import { evaluateNumber } from '../expression/expression.ts';
import { fraction } from './fraction.ts';
import type { Place } from './keys.ts';
import type { AdaptiveRouter } from './plan.ts';
import { createScope, type StepOutcome } from './scope.ts';

type ArmRequest = { readonly place: Place; readonly outcome: StepOutcome };
type Arms = { readonly router: AdaptiveRouter; readonly transitions: readonly number[] };

/** What tells situations apart: the router's context as text, empty without one. */
export const contextOf = (turn: Turn, { place, outcome }: ArmRequest, { context }: AdaptiveRouter): string => {
  if (context === null) return '';
  const { stepIds } = context.references;
  const value = context.evaluate(
    createScope(turn.plan, turn.state, { runId: turn.facts.runId, stepIds, place, outcome }),
  );
  return typeof value === 'string' ? value : JSON.stringify(value);
};

export const armsKey = ({ step }: Place, context: string): string => `${step}|${context}`;

type ChosenArm = {
  readonly transition: number;
  readonly odds: Readonly<Record<string, number>>;
  readonly context: string;
};

/**
 * Epsilon-greedy per context: ways never tried come first, then the one that earned most on average, or with the odds of
 * exploration any other. What it draws derives from the run's seed and the place.
 */
export const chooseArm = (turn: Turn, request: ArmRequest, { router, transitions }: Arms): ChosenArm => {
  const context = contextOf(turn, request, router);
  const arms = turn.state.arms.get(armsKey(request.place, context)) ?? {};
  const targets = transitions.map((index) => turn.plan.stepIds[turn.plan.transitions[index]?.to ?? -1] ?? '');
  const odds = oddsOf(targets, { arms, exploration: router.exploration });
  const drawn = fraction(turn.facts.seed, `${turn.keyOf(request.place)}:router`);
  let sum = 0;
  let chosen = odds.findLastIndex((chance) => chance > 0);
  for (const [index, chance] of odds.entries()) {
    sum += chance;
    if (drawn < sum) {
      chosen = index;
      break;
    }
  }
  return {
    transition: transitions[chosen] ?? -1,
    odds: Object.fromEntries(targets.map((target, index) => [target, odds[index] ?? 0])),
    context,
  };
};

type Learnt = { readonly arms: Readonly<Record<string, ArmStatistics>>; readonly exploration: number };

const oddsOf = (targets: readonly string[], { arms, exploration }: Learnt): number[] => {
  const statistics = targets.map((target) => (Object.hasOwn(arms, target) ? arms[target] : undefined));
  const untried = statistics.filter((arm) => arm === undefined || arm.pulls === 0).length;
  if (untried > 0) return statistics.map((arm) => (arm === undefined || arm.pulls === 0 ? 1 / untried : 0));
  const means = statistics.map((arm) => (arm === undefined ? 0 : arm.reward / arm.pulls));
  const best = means.indexOf(means.reduce((highest, mean) => Math.max(highest, mean), Number.NEGATIVE_INFINITY));
  const share = exploration / targets.length;
  return targets.map((_, index) => (index === best ? 1 - exploration + share : share));
};

/** Notes what the choices of these steps have earned; one whose reward can't be told is forgotten. */
export const rewardRouters = (turn: Turn, isDue: (step: number) => boolean): void => {
  for (const [step, { context, to }] of turn.state.choices) {
    const router = turn.plan.steps[step]?.router;
    if (router?.kind !== 'adaptive' || !isDue(step)) continue;
    const place = turn.place(step);
    const scope = createScope(turn.plan, turn.state, {
      runId: turn.facts.runId,
      stepIds: router.reward.references.stepIds,
      place,
    });
    const reward = evaluateNumber(router.reward, scope);
    if (reward === undefined) continue;
    turn.recordAt(place, 'router_rewarded', { data: { to, reward, context } });
    turn.effects.push({
      kind: 'reward',
      reward: { stepId: turn.plan.stepIds[step] ?? '', context, to, reward },
    });
  }
};
