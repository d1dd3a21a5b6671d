import { appendAudit } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import type { TenantRetention } from './retention-rows.ts';

const MAX_RETENTION_DAYS = 36_500;

/** @throws PlatformError IA_API_INVALID for a time that is none */
export const changeTenantRetention = async (context: ApiContext, retention: TenantRetention): Promise<void> => {
  const { id: tenantId, retentionDays, archivesLogs } = retention;
  if (retentionDays !== null && (retentionDays < 0 || retentionDays > MAX_RETENTION_DAYS)) {
    throw new PlatformError({
      code: 'IA_API_INVALID',
      message: `\`retentionDays\` must be from 0 to ${MAX_RETENTION_DAYS}, or null to keep logs for ever.`,
    });
  }
  await context.change(tenantId, 'tenant.settings', async (tx, principal) => {
    const before = await tx.tenantLimits.findUniqueOrThrow({
      where: { tenantId },
      select: { retentionDays: true, archivesLogs: true },
    });
    await tx.tenantLimits.update({ where: { tenantId }, data: { retentionDays, archivesLogs, updatedAt: new Date() } });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'tenant.retention',
      target: `tenant:${tenantId}`,
      details: { before, after: { retentionDays, archivesLogs } },
    });
  });
};
