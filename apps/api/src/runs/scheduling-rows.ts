import type { PoolClient } from 'pg';
import { z } from 'zod';

/** What the worker says with its lease, as far as one tenant may know. */
const reportSchema = z.object({
  maxRuns: z.number(),
  reservedRuns: z.number().default(0),
  activeRuns: z.number(),
  maxTasks: z.number(),
  activeTasks: z.number(),
  tenant: z
    .object({
      activeRuns: z.number(),
      activeTasks: z.number(),
      queuedTasks: z.number(),
      rateFullUntil: z.number().optional(),
    })
    .nullable(),
});

type WorkerStanding = z.infer<typeof reportSchema>;

/** What holds a tenant's work back: its limits, and how busy the worker is. */
export type TenantStanding = {
  readonly id: string;
  readonly weight: number;
  readonly maxConcurrentRuns: number | null;
  readonly maxConcurrentTasks: number | null;
  readonly maxRunsPerMinute: number | null;
  /** Whether a worker holds the lease. */
  readonly hasWorker: boolean;
  /** Null when the worker has not said anything yet. */
  readonly worker: WorkerStanding | null;
};

const LEASE_NAME = 'engine';

const READ_STANDINGS = `select t.id, coalesce(l.weight, 1) as weight, l.max_concurrent_runs as "maxConcurrentRuns",
    l.max_concurrent_tasks as "maxConcurrentTasks", l.max_runs_per_minute as "maxRunsPerMinute",
    coalesce(w.expires_at > clock_timestamp(), false) as "hasWorker",
    (w.report::jsonb - 'tenants') || jsonb_build_object('tenant', w.report::jsonb -> 'tenants' -> t.id::text) as report
  from tenants t
  left join tenant_limits l on l.tenant_id = t.id
  left join worker_leases w on w.name = $2
  where t.id = any($1::uuid[])`;

export const fetchStandings = async (client: PoolClient, tenantIds: readonly string[]): Promise<TenantStanding[]> => {
  type Row = Omit<TenantStanding, 'worker'> & { readonly report: unknown };
  const { rows } = await client.query<Row>(READ_STANDINGS, [tenantIds, LEASE_NAME]);
  return rows.map(({ report, ...standing }) => ({ ...standing, worker: reportSchema.safeParse(report).data ?? null }));
};

/** Where a run that nobody has begun stands in its queue. */
export type PendingRun = {
  readonly id: string;
  readonly pipelineLimit: number | null;
  /** Runs of its pipeline that work; null without a limit. */
  readonly pipelineActiveRuns: number | null;
  /** Runs of the tenant that go first, counted up to a bound. */
  readonly ahead: number;
};

const MAX_COUNTED = 1_000;

/** The order is the worker's: a point of priority is worth a minute of waiting. */
const READ_PENDING = `select r.id, p.max_concurrent_runs as "pipelineLimit",
    case when p.max_concurrent_runs is not null then (
      select count(*)::int from runs a
      where a.tenant_id = r.tenant_id and a.pipeline_id = r.pipeline_id and a.status in ('running', 'waiting')
        and not a.is_parked
    ) end as "pipelineActiveRuns",
    (select count(*)::int from (
      select from runs b
      where b.tenant_id = r.tenant_id and b.status = 'pending' and b.last_seq = 0 and b.id <> r.id
        and b.created_at - make_interval(mins => b.priority) < r.created_at - make_interval(mins => r.priority)
      limit ${MAX_COUNTED}
    ) first) as ahead
  from runs r join pipelines p on p.tenant_id = r.tenant_id and p.id = r.pipeline_id
  where r.id = any($1::uuid[])`;

export const fetchPendingRuns = async (client: PoolClient, runIds: readonly string[]): Promise<PendingRun[]> =>
  (await client.query<PendingRun>(READ_PENDING, [runIds])).rows;
