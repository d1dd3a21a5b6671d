import { appendAudit, type Prisma } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { PoolClient } from 'pg';
import { notFound } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import { requireOperator } from './platform-operator.ts';

/** What the operator of the platform allows a tenant; null is no limit. */
export type TenantLimits = {
  readonly weight: number;
  readonly maxConcurrentRuns: number | null;
  readonly maxConcurrentTasks: number | null;
  readonly maxRunsPerMinute: number | null;
  readonly maxRunsPerDay: number | null;
  readonly maxEventsPerDay: number | null;
  readonly maxStorageBytes: number | null;
  readonly maxPlugins: number | null;
  readonly maxPipelines: number | null;
  readonly maxMembers: number | null;
};

/** What is left out stays as it is. */
export type LimitsChange = { readonly [K in keyof TenantLimits]?: TenantLimits[K] | undefined };

const MAX_LIMIT = 1_000_000;
const MAX_COUNTED = Number.MAX_SAFE_INTEGER;

/** The column of each limit, and how high it may be. */
const LIMITS: { readonly [K in keyof TenantLimits]: readonly [column: string, most: number] } = {
  weight: ['weight', 1_000],
  maxConcurrentRuns: ['max_concurrent_runs', MAX_LIMIT],
  maxConcurrentTasks: ['max_concurrent_tasks', MAX_LIMIT],
  maxRunsPerMinute: ['max_runs_per_minute', MAX_LIMIT],
  maxRunsPerDay: ['max_runs_per_day', 1_000_000_000],
  maxEventsPerDay: ['max_events_per_day', MAX_COUNTED],
  maxStorageBytes: ['max_storage_bytes', MAX_COUNTED],
  maxPlugins: ['max_plugins', MAX_LIMIT],
  maxPipelines: ['max_pipelines', MAX_LIMIT],
  maxMembers: ['max_members', MAX_LIMIT],
};
const LIMIT_NAMES = Object.keys(LIMITS) as (keyof TenantLimits)[];

const READ_LIMITS = `select ${LIMIT_NAMES.map((name) => `${LIMITS[name][0]}::float8 as "${name}"`).join(', ')}
  from tenant_limits where tenant_id = $1::uuid`;

export const readTenantLimits = async (client: PoolClient, tenantId: string): Promise<TenantLimits> => {
  const { rows } = await client.query<TenantLimits>(READ_LIMITS, [tenantId]);
  if (rows[0] === undefined) throw notFound();
  return rows[0];
};

/** @throws PlatformError IA_API_INVALID */
export const checkLimit = (name: string, value: number | null | undefined, max = MAX_LIMIT): void => {
  if (value === null || value === undefined || (Number.isInteger(value) && value >= 1 && value <= max)) return;
  throw new PlatformError({ code: 'IA_API_INVALID', message: `\`${name}\` is a whole number from 1 to ${max}.` });
};

const given = (change: LimitsChange): Partial<TenantLimits> =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));

type LimitsChanged = { readonly before: TenantLimits; readonly after: TenantLimits };

const changeLimits = async (
  tx: Prisma.TransactionClient,
  { tenantId, change }: Readonly<{ tenantId: string; change: LimitsChange }>,
): Promise<LimitsChanged> => {
  const [before] = await tx.$queryRawUnsafe<TenantLimits[]>(READ_LIMITS, tenantId);
  if (before === undefined) throw notFound();
  const after: TenantLimits = { ...before, ...given(change) };
  const columns = Object.fromEntries(LIMIT_NAMES.map((name) => [LIMITS[name][0], after[name]]));
  await tx.$queryRaw`select set_tenant_limits(${tenantId}::uuid, ${JSON.stringify(columns)}::jsonb)`;
  return { before, after };
};

/** Sets what a tenant may use of the platform: only the operator of the platform may. */
export const setTenantLimits = async (
  context: ApiContext,
  { tenantId, change }: Readonly<{ tenantId: string; change: LimitsChange }>,
): Promise<TenantLimits> => {
  const operator = await requireOperator(context);
  for (const name of LIMIT_NAMES) checkLimit(name, change[name], LIMITS[name][1]);
  return context.operate(tenantId, async (tx) => {
    const { before, after } = await changeLimits(tx, { tenantId, change });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(operator),
      action: 'tenant.set_limits',
      target: `tenant:${tenantId}`,
      details: { before, after },
    });
    return after;
  });
};
