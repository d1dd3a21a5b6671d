import { notFound } from '../../access.ts';
import type { ApiContext } from '../../context.ts';
import type { TenantRow } from '../../tenants/tenant-rows.ts';

export const loadTenant = async (tenantId: string, context: ApiContext): Promise<TenantRow> => {
  const tenant = await context.loaders.tenants.load({ tenantId, id: tenantId });
  if (tenant === null) throw notFound();
  return tenant;
};
