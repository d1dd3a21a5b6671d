import { appendAudit } from '@ia-modules/database';
import { v7 as uuid } from 'uuid';
import { notFound, principalId } from '../../access.ts';
import { auditActor } from '../../audit-actor.ts';
import type { ApiContext } from '../../context.ts';
import type { TenantExportRow } from './export-rows.ts';

/** Asks for everything of a tenant as files; while one is being made, it is that one. */
export const exportTenant = async (context: ApiContext, tenantId: string): Promise<TenantExportRow> => {
  const id = await context.change(tenantId, 'tenant.delete', async (tx, principal) => {
    const open = await tx.tenantExport.findFirst({ where: { tenantId, status: 'pending' }, select: { id: true } });
    if (open !== null) return open.id;
    const { id: made } = await tx.tenantExport.create({
      data: { id: uuid(), tenantId, requestedBy: principalId(principal) },
      select: { id: true },
    });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'tenant.export',
      target: `tenant:${tenantId}`,
      details: { exportId: made },
    });
    return made;
  });
  context.services.choreWakeup.wake();
  const row = await context.loaders.tenantExports.load({ tenantId, id });
  if (row === null) throw notFound();
  return row;
};
