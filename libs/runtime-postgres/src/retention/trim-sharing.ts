import type { Pool } from 'pg';
import { withTenants } from '../database/tenants-transaction.ts';

export type TrimOptions = {
  readonly pool: Pool;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Tenants that have stored something since the last time; they are taken out. */
  readonly grown: Set<string>;
  readonly signal: AbortSignal;
};

const RESULT_BYTES_PER_TENANT = 64 * 1_024 * 1_024;
const ARMS_PER_TENANT = 20_000;
const ROWS_PER_COMMIT = 1_000;

type Bound = { readonly find: string; readonly remove: string; readonly most: number };

/** `find` tells when the newest row was stored that is too much; all that is as old goes. What is just written is passed over. */
const BOUNDS: readonly Bound[] = [
  {
    most: RESULT_BYTES_PER_TENANT,
    find: `select stored_at as until from (
        select stored_at, sum(size_bytes) over (order by stored_at desc rows unbounded preceding) as bytes
        from step_results where tenant_id = $1) newest
      where bytes > $2 order by stored_at desc limit 1`,
    remove: `delete from step_results r using (
        select tenant_id, pipeline_id, step_id, key from step_results
        where tenant_id = $1 and stored_at <= $2 limit ${ROWS_PER_COMMIT} for update skip locked) old
      where (r.tenant_id, r.pipeline_id, r.step_id, r.key) = (old.tenant_id, old.pipeline_id, old.step_id, old.key)`,
  },
  {
    most: ARMS_PER_TENANT,
    find: 'select rewarded_at as until from router_arms where tenant_id = $1 order by rewarded_at desc offset $2 limit 1',
    remove: `delete from router_arms r using (
        select tenant_id, pipeline_id, step_id, context, arm from router_arms
        where tenant_id = $1 and rewarded_at <= $2 limit ${ROWS_PER_COMMIT} for update skip locked) old
      where (r.tenant_id, r.pipeline_id, r.step_id, r.context, r.arm)
        = (old.tenant_id, old.pipeline_id, old.step_id, old.context, old.arm)`,
  },
];

/** Forgets results and values of plugins that are over their time, and of each tenant's results and routers' memories what is oldest beyond its bounds. */
export const trimSharing = async (options: TrimOptions): Promise<void> => {
  const { grown, signal } = options;
  for (const forget of FORGET) await inBatches(signal, () => forgetExpired(options, forget));
  const tenantIds = [...grown];
  for (const tenantId of tenantIds) {
    grown.delete(tenantId);
    try {
      for (const bound of BOUNDS) await trim(options, tenantId, bound);
    } catch (error) {
      grown.add(tenantId);
      throw error;
    }
  }
};

const FORGET = ['forget_expired_results', 'forget_expired_values'] as const;

const forgetExpired = async ({ pool, now }: TrimOptions, forget: (typeof FORGET)[number]): Promise<number> => {
  const sql = `select ${forget}($1, $2) as forgotten`;
  const { rows } = await pool.query<{ forgotten: number }>(sql, [new Date(now), ROWS_PER_COMMIT]);
  return rows[0]?.forgotten ?? 0;
};

const trim = async ({ pool, signal }: TrimOptions, tenantId: string, { find, remove, most }: Bound): Promise<void> => {
  const until = await withTenants(pool, [tenantId], async (client) => {
    const { rows } = await client.query<{ until: Date }>(find, [tenantId, most]);
    return rows[0]?.until;
  });
  if (until === undefined) return;
  await inBatches(signal, () =>
    withTenants(pool, [tenantId], async (client) => (await client.query(remove, [tenantId, until])).rowCount ?? 0),
  );
};

const inBatches = async (signal: AbortSignal, removeBatch: () => Promise<number>): Promise<void> => {
  while (!signal.aborted && (await removeBatch()) === ROWS_PER_COMMIT);
};
