import type { Prisma } from '@ia-modules/database';
import { notFound } from '../access.ts';
import type { TenantKey } from '../loaders.ts';
import type { ServiceAccountRow } from './service-account-rows.ts';

/** A service account as a change finds it: nobody else changes it until the end of the transaction. */
export const lockServiceAccount = async (
  tx: Prisma.TransactionClient,
  { tenantId, id }: TenantKey,
): Promise<ServiceAccountRow> => {
  const [account] = await tx.$queryRaw<ServiceAccountRow[]>`
    select id, tenant_id as "tenantId", name, description, role, created_by as "createdBy", created_at as "createdAt",
      updated_at as "updatedAt", disabled_at as "disabledAt"
    from service_accounts where tenant_id = ${tenantId}::uuid and id = ${id}::uuid for update`;
  if (account === undefined) throw notFound();
  return account;
};
