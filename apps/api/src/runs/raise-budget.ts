import { explainWaitsOf, isTerminal, type Json, parseDuration } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { requireAccess } from '../access.ts';
import type { ApiContext } from '../context.ts';
import type { TenantKey } from '../loaders.ts';
import { loadHistory, loadRun } from './run-history.ts';
import type { RunRow } from './run-rows.ts';
import { runIsOver, sendCommand } from './send-command.ts';

export type RaiseBudgetRequest = TenantKey & {
  readonly maxCostUsd: number | null;
  /** `2h`, counted from the start of the run. */
  readonly maxDuration: string | null;
};

type Budget = { readonly maxCostUsd?: number; readonly maxDurationMs?: number };

const invalid = (message: string): PlatformError => new PlatformError({ code: 'IA_API_INVALID', message });

const parseBudget = ({ maxCostUsd, maxDuration }: RaiseBudgetRequest): Budget => {
  if (maxCostUsd === null && maxDuration === null) throw invalid('Pass `maxCostUsd`, `maxDuration` or both.');
  if (maxCostUsd !== null && !(Number.isFinite(maxCostUsd) && maxCostUsd > 0)) {
    throw invalid('`maxCostUsd` must be more than 0.');
  }
  const maxDurationMs = maxDuration === null ? undefined : parseDuration(maxDuration);
  if (maxDuration !== null && (maxDurationMs === undefined || maxDurationMs === 0)) {
    throw invalid('`maxDuration` must be a duration such as `90m`, `2h30m` or `P1D`.');
  }
  return { ...(maxCostUsd === null ? {} : { maxCostUsd }), ...(maxDurationMs === undefined ? {} : { maxDurationMs }) };
};

/** A limit that is spent already would stop the run again at once. */
const checkEnough = ({ maxCostUsd, maxDurationMs }: Budget, spent: Readonly<Record<string, Json>>, run: RunRow) => {
  const { costUsd } = spent;
  if (maxCostUsd !== undefined && typeof costUsd === 'number' && maxCostUsd <= costUsd) {
    throw invalid(`The run has cost ${costUsd} US dollars: \`maxCostUsd\` must be more.`);
  }
  const elapsedMs = run.startedAt === null ? 0 : Date.now() - run.startedAt.getTime();
  if (maxDurationMs !== undefined && maxDurationMs <= elapsedMs) {
    throw invalid(`The run started ${Math.round(elapsedMs / 1_000)} seconds ago: \`maxDuration\` must be more.`);
  }
};

/** Gives a run a higher limit of cost or time; one that its budget holds goes on. */
export const raiseBudget = async (context: ApiContext, request: RaiseBudgetRequest): Promise<RunRow> => {
  const { tenantId, id } = request;
  const budget = parseBudget(request);
  requireAccess(context.viewer.principal, tenantId, 'run.control');
  const run = await loadRun(context, { tenantId, id });
  if (isTerminal(run.status)) throw runIsOver(run.status);
  const { plan, events } = await loadHistory(run, context);
  const held = explainWaitsOf(plan, events).find(({ reason }) => reason === 'budget');
  checkEnough(budget, held?.detail ?? {}, run);
  return sendCommand(context, {
    tenantId,
    id,
    permission: 'run.control',
    command: { kind: 'raise_budget', payload: budget },
    action: 'run.raise_budget',
    details: budget,
  });
};
