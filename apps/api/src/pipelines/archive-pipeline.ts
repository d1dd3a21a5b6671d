import { appendAudit } from '@ia-modules/database';
import { notFound, requireAccess } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import type { TenantKey } from '../loaders.ts';
import type { PipelineRow } from './pipeline-rows.ts';
import { changedMeanwhile } from './save-pipeline.ts';

export type ArchiveRequest = TenantKey & {
  /** Whether it is to be in the archive. */
  readonly isArchived: boolean;
  /** Null: whatever revision it has. */
  readonly expectedVersion: number | null;
};

/**
 * Puts a pipeline into the archive, or takes it out again. An archived one starts no runs and takes no changes; what it ran stays
 * readable. One that is where it should be already is no error.
 */
export const archivePipeline = async (
  context: ApiContext,
  { tenantId, id, isArchived, expectedVersion }: ArchiveRequest,
): Promise<PipelineRow> => {
  requireAccess(context.viewer.principal, tenantId, 'pipeline.read');
  await context.change(tenantId, 'pipeline.write', async (tx, principal) => {
    const current = await tx.pipeline.findUnique({ where: { tenantId_id: { tenantId, id } } });
    if (current === null) throw notFound();
    if (expectedVersion !== null && current.revision !== expectedVersion) throw changedMeanwhile(current.revision);
    if ((current.archivedAt !== null) === isArchived) return;
    const archivedAt = isArchived ? new Date() : null;
    await tx.pipeline.update({ where: { tenantId_id: { tenantId, id } }, data: { archivedAt } });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: isArchived ? 'pipeline.archive' : 'pipeline.unarchive',
      target: `pipeline:${id}`,
      details: { name: current.name, before: { isArchived: !isArchived }, after: { isArchived } },
    });
  });
  const pipeline = await context.loaders.pipelines.load({ tenantId, id });
  if (pipeline === null) throw notFound();
  return pipeline;
};
