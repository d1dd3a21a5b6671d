import { startRefusalOf } from '@ia-modules/plugin-admission';
import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { isDataError } from '../database/database-connection.ts';
import { withTenants } from '../database/tenants-transaction.ts';
import { type Lease, leaseLost } from '../lease/lease.ts';

/** One look at what triggers have to do. */
export type TriggerRound = {
  /** Of the worker's role. */
  readonly pool: Pool;
  /** What is looked at in this round at most. @default 100 */
  readonly limit?: number;
  /** The lease under which runs are started; without it nobody checks, and still nothing starts twice. */
  readonly fence?: Lease;
};

/** What came of a round. */
export type TriggerOutcome = {
  /** How many runs were started. */
  readonly started: number;
  /** How many triggers have a problem now. */
  readonly refused: number;
  /** Whether more may be due already: the next round should follow at once. */
  readonly hasMore: boolean;
};

export const DEFAULT_ROUND_LIMIT = 100;

const CHECK_FENCE = 'select from worker_leases where name = $1 and holder = $2 and fence = $3 for share';

/**
 * Runs `work` in a transaction of one tenant that commits only under the lease.
 * @throws PlatformError IA_RUNTIME_LEASE_LOST when another worker holds it
 */
export const inTenantOfRound = <T>(
  { pool, fence }: TriggerRound,
  tenantId: string,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> =>
  withTenants(pool, [tenantId], async (client) => {
    if (fence !== undefined) {
      const { rowCount } = await client.query(CHECK_FENCE, [fence.name, fence.holder, fence.fence]);
      if (rowCount !== 1) throw leaseLost(fence);
    }
    return work(client);
  });

/** A quota of the tenant is used up, or the tenant is about to be erased: the message says it to who owns the trigger. */
const isOverQuota = (error: unknown): error is DatabaseError =>
  error instanceof DatabaseError && (error.code === 'IAQ01' || error.code === 'IAQ02');

/** A plugin of the pipeline is blocked, or kept out of the tenant: the message says which, and why. */
const isBlocked = (error: unknown): error is DatabaseError => startRefusalOf(error) !== undefined;

/** What PostgreSQL can't store, what is blocked, and what is over a quota, is given to `refuse`, and stands in nobody else's way. */
export const storeOrRefuse = async <T>(
  store: () => Promise<T>,
  refuse: (problem: string) => Promise<T>,
): Promise<T> => {
  try {
    return await store();
  } catch (error) {
    if (isOverQuota(error) || isBlocked(error)) return refuse(error.message);
    if (!isDataError(error)) throw error;
    return refuse(`The run can not be stored: ${error.message}`);
  }
};
