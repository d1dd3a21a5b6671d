import type { JsonObject } from '@ia-modules/plugin-sdk';
import type { Turn } from './decision.ts';
import type { RecordedError } from './events.ts';
import { toRecordedError } from './recorded-error.ts';
import { createScope } from './scope.ts';
import type { Outstanding } from './state.ts';

export const RUN_TIMEOUT_KEY = 'run#/:timeout';

/** Stops an outstanding step: what it does is aborted, and its transitions die. */
export const cancelStep = (turn: Turn, index: number, reason: string): void => {
  const outstanding = turn.state.outstanding.get(index);
  if (outstanding !== undefined) cancelOutstanding(turn, { index, outstanding, reason });
};

const cancelOutstanding = (
  turn: Turn,
  {
    index,
    outstanding,
    reason,
  }: { readonly index: number; readonly outstanding: Outstanding; readonly reason: string },
): void => {
  const stepId = turn.plan.stepIds[index] ?? '';
  turn.effects.push({ kind: outstanding.kind === 'task' ? 'cancel_task' : 'cancel_timer', key: outstanding.key });
  if (outstanding.kind === 'task') {
    turn.record({ type: 'task_canceled', stepId, attempt: outstanding.attempt, data: { reason } });
  }
  turn.record({ type: 'step_canceled', stepId, data: { reason } });
};

const cancelEverything = (turn: Turn, reason: string): void => {
  for (const [index, outstanding] of turn.state.outstanding) cancelOutstanding(turn, { index, outstanding, reason });
  if (turn.plan.maxDurationMs !== null) turn.effects.push({ kind: 'cancel_timer', key: RUN_TIMEOUT_KEY });
};

export const failRun = (turn: Turn, error: RecordedError): void => {
  cancelEverything(turn, 'The run failed.');
  turn.record({ type: 'run_failed', data: { error } });
};

export const cancelRun = (turn: Turn, reason: string | null): void => {
  cancelEverything(turn, reason ?? 'The run was canceled.');
  turn.record({ type: 'run_canceled', data: { reason } });
};

/** Ends the run well, with `outputs` in place of the pipeline's own when a core.end step gives them. */
export const succeedRun = (turn: Turn, outputs?: JsonObject): void => {
  try {
    const result = outputs ?? renderOutputs(turn);
    cancelEverything(turn, 'The run ended.');
    turn.record({ type: 'run_succeeded', data: { outputs: result } });
  } catch (error) {
    failRun(turn, toRecordedError(error));
  }
};

const renderOutputs = (turn: Turn): JsonObject => {
  const { outputs } = turn.plan;
  return outputs.render(createScope(turn.plan, turn.state, { runId: turn.facts.runId, stepIds: outputs.stepIds }));
};
