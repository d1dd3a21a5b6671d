import type { QueryConfig, QueryResult } from 'pg';
import { type Lease, leaseLost } from './lease.ts';

const CHECK_FENCE = {
  name: 'runtime_check_fence',
  text: `select set_config('app.tenant_ids', $1, true)
    from worker_leases where name = $2 and holder = $3 and fence = $4 for share`,
};

/** Enters tenants under the lease. Without the fence no tenant is entered either, so that what follows touches nothing. */
export const fenceQuery = (lease: Lease, tenantIds: Iterable<string>): QueryConfig => ({
  ...CHECK_FENCE,
  values: [[...new Set(tenantIds)].join(','), lease.name, lease.holder, lease.fence],
});

/** @throws PlatformError IA_RUNTIME_LEASE_LOST when the query of the fence found another holder */
export const requireFence = (lease: Lease, { rowCount }: QueryResult): void => {
  if (rowCount !== 1) throw leaseLost(lease);
};
