import { appendAudit, type Prisma } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { v7 as uuid } from 'uuid';
import { notFound, principalId } from '../../access.ts';
import { auditActor } from '../../audit-actor.ts';
import type { ApiContext } from '../../context.ts';
import type { TenantExportRow } from './export-rows.ts';

const MAX_A_DAY = 10;
const MS_PER_DAY = 24 * 3_600_000;

/** Each is a copy of everything that is kept for days, and made in the same queue as those of all tenants. */
const refuseTooMany = async (tx: Prisma.TransactionClient, tenantId: string): Promise<void> => {
  const requestedAt = { gt: new Date(Date.now() - MS_PER_DAY) };
  const made = await tx.tenantExport.count({ where: { tenantId, requestedAt } });
  if (made < MAX_A_DAY) return;
  throw new PlatformError({
    code: 'IA_API_QUOTA',
    message: `A tenant is exported at most ${MAX_A_DAY} times a day.`,
    hint: 'Take the last one: `Tenant.exports` lists them.',
  });
};

/** Asks for everything of a tenant as files; while one is being made, it is that one. */
export const exportTenant = async (context: ApiContext, tenantId: string): Promise<TenantExportRow> => {
  const id = await context.change(tenantId, 'tenant.delete', async (tx, principal) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`export ${tenantId}`}, 0))`;
    const open = await tx.tenantExport.findFirst({ where: { tenantId, status: 'pending' }, select: { id: true } });
    if (open !== null) return open.id;
    await refuseTooMany(tx, tenantId);
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
