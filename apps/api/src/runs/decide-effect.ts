import { type Effect, inspectRun, isTerminal, type Json, listEffects } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { principalId, requireAccess } from '../access.ts';
import { checkHandedValue } from '../bounded-value.ts';
import type { ApiContext } from '../context.ts';
import type { TenantKey } from '../loaders.ts';
import { loadHistory, loadRun } from './run-history.ts';
import type { RunRow } from './run-rows.ts';
import { runIsOver, sendCommand } from './send-command.ts';

export const EFFECT_DECISIONS = ['repeat', 'confirm', 'fail'] as const;
export type EffectDecisionKind = (typeof EFFECT_DECISIONS)[number];

export type DecideEffectRequest = TenantKey & {
  /** The key of the effect, or of its last attempt. */
  readonly key: string;
  readonly decision: EffectDecisionKind;
  /** Undefined when the caller gives none. */
  readonly output: Json | undefined;
};

/** @throws PlatformError IA_API_INVALID */
export const checkEffectOutput = ({ decision, output }: Pick<DecideEffectRequest, 'decision' | 'output'>): void => {
  if (output === undefined) return;
  if (decision === 'confirm') {
    checkHandedValue('output', output);
    return;
  }
  throw new PlatformError({ code: 'IA_API_INVALID', message: 'Only an effect that is confirmed has an `output`.' });
};

const findOpen = (effects: readonly Effect[], key: string): Effect => {
  const found = effects.find((effect) => effect.key === key || effect.taskKey === key);
  if (found?.state === 'unknown') return found;
  const message = found === undefined ? 'The run has no such effect.' : `The effect is ${found.state}.`;
  throw new PlatformError({
    code: 'IA_RUN_COMMAND',
    message,
    hint: 'Decide about effects that `Run.effects` shows as unknown.',
  });
};

/** Says what became of an effect that nobody knows about: the step that waits for it goes on. */
export const decideEffect = async (context: ApiContext, request: DecideEffectRequest): Promise<RunRow> => {
  const { tenantId, id, decision, output } = request;
  checkEffectOutput(request);
  const principal = requireAccess(context.viewer.principal, tenantId, 'run.control');
  const run = await loadRun(context, { tenantId, id });
  if (isTerminal(run.status)) throw runIsOver(run.status);
  const { plan, events } = await loadHistory(run, context);
  const { taskKey: key } = findOpen(listEffects(events), request.key);
  const said = { key, decision, ...(output === undefined ? {} : { output }) };
  const by = principalId(principal);
  const problem = inspectRun(plan, events).check({ kind: 'effect_decided', ...said, by });
  if (problem !== undefined) throw new PlatformError(problem);
  return sendCommand(context, {
    tenantId,
    id,
    permission: 'run.control',
    command: { kind: 'decide_effect', payload: said },
    action: 'run.decide_effect',
    details: { key, decision },
  });
};
