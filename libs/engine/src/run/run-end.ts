import type { JsonObject } from '@ia-modules/plugin-sdk';
import { rewardRouters } from './adaptive-router.ts';
import { cancelRunning } from './cancel-activity.ts';
import { compensateLast } from './compensation.ts';
import type { Turn } from './decision.ts';
import type { RunEnding } from './events.ts';
import { callEndHooks } from './hooks.ts';
import { RUN_BREATH_KEY, RUN_TIMEOUT_KEY } from './keys.ts';
import { toRecordedError } from './recorded-error.ts';
import { createScope } from './scope.ts';
import { isTerminal } from './status.ts';

/** How a run shall end; without `outputs`, the pipeline's own are evaluated. */
export type RequestedEnding =
  | { readonly kind: 'succeeded'; readonly outputs?: JsonObject | undefined }
  | Exclude<RunEnding, { kind: 'succeeded' }>;

/** Ends the run: what runs is canceled, then what was done is undone where the pipeline says so, then its hooks are called. */
export const endRun = (
  turn: Turn,
  requested: RequestedEnding,
  { compensates = false }: { readonly compensates?: boolean } = {},
): void => {
  const { plan, state } = turn;
  if (isTerminal(state.status) || state.ending !== null) return;
  rewardRouters(turn, () => true);
  const ending = settle(turn, requested);
  cancelEverything(turn, reasonOf(ending));
  const undoes =
    ending.kind !== 'succeeded' && (compensates || plan.compensatesOnFailure) && state.completed.length > 0;
  const hasHooks = state.hooks.size > 0 || plan.hooks.some(({ on }) => on.has(`run_${ending.kind}`));
  if (undoes || hasHooks) turn.record({ type: 'run_ending', data: { ...ending, compensates: undoes } });
  else recordEnd(turn, ending);
};

/** Evaluates the outputs of a run that ends well: one that can't be evaluated fails it. */
const settle = (turn: Turn, requested: RequestedEnding): RunEnding => {
  if (requested.kind !== 'succeeded') return requested;
  try {
    return { kind: 'succeeded', outputs: requested.outputs ?? renderOutputs(turn) };
  } catch (error) {
    return { kind: 'failed', error: toRecordedError(error) };
  }
};

const renderOutputs = (turn: Turn): JsonObject => {
  const { outputs } = turn.plan;
  return outputs.render(createScope(turn.plan, turn.state, { runId: turn.facts.runId, stepIds: outputs.stepIds }));
};

const reasonOf = (ending: RunEnding): string => {
  if (ending.kind === 'canceled') return ending.reason ?? 'The run was canceled.';
  return ending.kind === 'failed' ? 'The run failed.' : 'The run ended.';
};

const cancelEverything = (turn: Turn, reason: string): void => {
  for (const index of turn.state.roots.keys()) cancelRunning(turn, index, reason);
  if (turn.state.maxDurationMs !== null) turn.effects.push({ kind: 'cancel_timer', key: RUN_TIMEOUT_KEY });
  if (turn.state.breathUntil !== null) turn.effects.push({ kind: 'cancel_timer', key: RUN_BREATH_KEY });
};

/** Takes a run that is ending as far as it goes: the next compensation, the last hooks, the end itself. */
export const continueEnding = (turn: Turn): void => {
  const { state } = turn;
  const { ending } = state;
  if (ending === null) return;
  while (ending.compensates && state.compensation === null && state.completed.length > 0) compensateLast(turn);
  if (state.compensation !== null) return;
  callEndHooks(turn);
  if (state.hooks.size === 0) recordEnd(turn, ending);
};

const recordEnd = (turn: Turn, ending: RunEnding): void => {
  const { compensations } = turn.state;
  const undone = compensations.length === 0 ? {} : { compensations: [...compensations] };
  if (ending.kind === 'succeeded') turn.record({ type: 'run_succeeded', data: { outputs: ending.outputs } });
  else if (ending.kind === 'failed') turn.record({ type: 'run_failed', data: { error: ending.error, ...undone } });
  else turn.record({ type: 'run_canceled', data: { reason: ending.reason, ...undone } });
};
