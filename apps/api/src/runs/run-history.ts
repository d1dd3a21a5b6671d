import { compilePipeline, type PipelineDefinition, type Plan, type RunEvent } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { notFound } from '../access.ts';
import type { ApiContext } from '../context.ts';
import type { TenantKey } from '../loaders.ts';
import type { PipelineVersionRow } from '../pipelines/pipeline-rows.ts';
import type { RunRow } from './run-rows.ts';

/** What a run did, and by which plan. */
export type RunHistory = { readonly run: RunRow; readonly plan: Plan; readonly events: readonly RunEvent[] };

const PLANS = new WeakMap<PipelineVersionRow, Plan>();

const planOf = (version: PipelineVersionRow): Plan => {
  const known = PLANS.get(version);
  if (known !== undefined) return known;
  const plan = compilePipeline(version.definition as unknown as PipelineDefinition);
  PLANS.set(version, plan);
  return plan;
};

/** @throws PlatformError IA_API_NOT_FOUND */
export const loadRun = async ({ loaders }: ApiContext, key: TenantKey): Promise<RunRow> => {
  const run = await loaders.runs.load(key);
  if (run === null) throw notFound();
  return run;
};

/** @throws PlatformError IA_RUN_PRUNED when the log is not kept any more */
export const requireLog = ({ prunedAt, archiveKey }: Pick<RunRow, 'prunedAt' | 'archiveKey'>): void => {
  if (prunedAt === null) return;
  throw new PlatformError({
    code: 'IA_RUN_PRUNED',
    message: `The log of this run was removed on ${prunedAt.toISOString()}.`,
    hint: archiveKey === null ? 'Replay the run, or start a new one.' : 'Its archive can be read, not continued.',
  });
};

export const loadPlan = async ({ tenantId, pipelineVersionId }: RunRow, { loaders }: ApiContext): Promise<Plan> => {
  const version = await loaders.pipelineVersions.load({ tenantId, id: pipelineVersionId });
  if (version === null) throw notFound();
  return planOf(version);
};

/** @throws PlatformError IA_RUN_PRUNED when the log is not kept any more */
export const loadHistory = async (run: RunRow, context: ApiContext): Promise<RunHistory> => {
  requireLog(run);
  const [plan, events] = await Promise.all([
    loadPlan(run, context),
    context.loaders.logsOfRuns.load({ tenantId: run.tenantId, id: run.id, args: null }),
  ]);
  return { run, plan, events };
};
