import { appendAudit } from '@ia-modules/database';
import { notFound, requireAccess } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import type { TenantKey } from '../loaders.ts';
import { checkLimit } from '../tenants/tenant-limits.ts';
import type { PipelineRow } from './pipeline-rows.ts';

export type PipelineLimitsRequest = TenantKey & {
  /** Null: as many as the tenant may have. */
  readonly maxConcurrentRuns: number | null;
};

/** Limits how many runs of a pipeline work at the same time. It is no change of the definition: the revision stays. */
export const setPipelineLimits = async (
  context: ApiContext,
  { tenantId, id, maxConcurrentRuns }: PipelineLimitsRequest,
): Promise<PipelineRow> => {
  checkLimit('maxConcurrentRuns', maxConcurrentRuns);
  requireAccess(context.viewer.principal, tenantId, 'pipeline.read');
  await context.change(tenantId, 'pipeline.write', async (tx, principal) => {
    const where = { tenantId_id: { tenantId, id } };
    const before = await tx.pipeline.findUnique({ where, select: { maxConcurrentRuns: true } });
    if (before === null) throw notFound();
    await tx.pipeline.update({ where, data: { maxConcurrentRuns } });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'pipeline.set_limits',
      target: `pipeline:${id}`,
      details: { before, after: { maxConcurrentRuns } },
    });
  });
  const pipeline = await context.loaders.pipelines.load({ tenantId, id });
  if (pipeline === null) throw notFound();
  return pipeline;
};
