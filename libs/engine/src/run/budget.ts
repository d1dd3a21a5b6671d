import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Turn } from './decision.ts';
import type { BudgetKind } from './events.ts';
import { RUN_TIMEOUT_KEY } from './keys.ts';
import { toRecordedError } from './recorded-error.ts';
import { endRun } from './run-end.ts';

/** Sets the timer that ends a run's time. */
export const setRunTimer = (turn: Turn): void => {
  const { maxDurationMs, startedAt, ending } = turn.state;
  if (maxDurationMs === null || ending !== null) return;
  const fireAt = startedAt + maxDurationMs;
  turn.record({ type: 'timer_set', data: { fireAt, purpose: 'timeout' } });
  turn.effects.push({ kind: 'timer', key: RUN_TIMEOUT_KEY, fireAt });
};

/** Stops a run that has work left and no budget: it waits until that is raised, or fails. */
export const checkBudget = (turn: Turn): void => {
  const { state, facts } = turn;
  if (state.holds.has('budget')) return;
  if (state.costUsd > state.maxCostUsd) {
    exceed(turn, { kind: 'cost', limit: state.maxCostUsd, actual: state.costUsd });
  } else if (state.maxDurationMs !== null && !state.isDurationOver) {
    const actual = facts.now - state.startedAt;
    if (actual >= state.maxDurationMs) exceed(turn, { kind: 'duration', limit: state.maxDurationMs, actual });
  }
};

type Excess = { readonly kind: BudgetKind; readonly limit: number; readonly actual: number };

const exceed = (turn: Turn, excess: Excess): void => {
  turn.record({ type: 'budget_exceeded', data: excess });
  if (turn.plan.failsOnBudget) endRun(turn, { kind: 'failed', error: toRecordedError(errorOf(turn, excess)) });
};

const errorOf = ({ plan }: Turn, { kind, limit, actual }: Excess): PlatformError =>
  kind === 'duration'
    ? new PlatformError({
        code: 'IA_RUN_TIMEOUT',
        message: `The run did not end within ${limit === plan.maxDurationMs ? plan.definition.flow?.max_duration : `${limit} ms`}.`,
        disposition: 'timeout',
      })
    : new PlatformError({
        code: 'IA_RUN_COST',
        message: `The run cost ${Number(actual.toPrecision(12))} US dollars; it may cost ${limit}.`,
        hint: 'Raise max_cost_usd, or let on_budget pause the run.',
      });
