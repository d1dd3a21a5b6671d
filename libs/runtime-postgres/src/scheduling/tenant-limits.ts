import type { Pool } from 'pg';

/** What the operator of the platform set for a tenant; null: no limit. */
export type TenantLimits = {
  /** The tenant's part of the places, beside the weights of the others. */
  readonly weight: number;
  /** Runs that work at the same time; those that only wait don't count. */
  readonly maxConcurrentRuns: number | null;
  readonly maxConcurrentTasks: number | null;
  /** Runs that begin within any minute. */
  readonly maxRunsPerMinute: number | null;
};

export type Limits = {
  of(tenantId: string): TenantLimits;
  /** How many runs of a pipeline work at the same time; null: no limit. */
  ofPipeline(pipelineId: string): number | null;
};

export type LimitsReader = Limits & {
  /** Reads all limits anew; until the first time there are none. */
  refresh(): Promise<void>;
};

export const NO_LIMITS: TenantLimits = {
  weight: 1,
  maxConcurrentRuns: null,
  maxConcurrentTasks: null,
  maxRunsPerMinute: null,
};

type TenantRow = TenantLimits & { readonly tenantId: string };
type PipelineRow = { readonly pipelineId: string; readonly maxConcurrentRuns: number };

const READ_TENANTS = `select tenant_id as "tenantId", weight, max_concurrent_runs as "maxConcurrentRuns",
    max_concurrent_tasks as "maxConcurrentTasks", max_runs_per_minute as "maxRunsPerMinute"
  from limits_of_tenants()`;
const READ_PIPELINES = `select pipeline_id as "pipelineId", max_concurrent_runs as "maxConcurrentRuns"
  from limits_of_pipelines()`;

/** Keeps the limits of all tenants and pipelines in memory: only those that have any are read. */
export const createLimitsReader = (pool: Pick<Pool, 'query'>): LimitsReader => {
  let tenants: ReadonlyMap<string, TenantLimits> = new Map();
  let pipelines: ReadonlyMap<string, number> = new Map();
  return {
    of: (tenantId) => tenants.get(tenantId) ?? NO_LIMITS,
    ofPipeline: (pipelineId) => pipelines.get(pipelineId) ?? null,
    refresh: async () => {
      const [ofTenants, ofPipelines] = await Promise.all([
        pool.query<TenantRow>(READ_TENANTS),
        pool.query<PipelineRow>(READ_PIPELINES),
      ]);
      tenants = new Map(ofTenants.rows.map(({ tenantId, ...limits }) => [tenantId, limits]));
      pipelines = new Map(ofPipelines.rows.map((row) => [row.pipelineId, row.maxConcurrentRuns]));
    },
  };
};
