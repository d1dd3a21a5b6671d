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
};

/** What is left out stays as it is. */
export type LimitsChange = { readonly [K in keyof TenantLimits]?: TenantLimits[K] | undefined };

const MAX_WEIGHT = 1_000;
const MAX_LIMIT = 1_000_000;

const READ_LIMITS = `select weight, max_concurrent_runs as "maxConcurrentRuns",
    max_concurrent_tasks as "maxConcurrentTasks", max_runs_per_minute as "maxRunsPerMinute"
  from tenant_limits where tenant_id = $1::uuid`;

export const readTenantLimits = async (client: PoolClient, tenantId: string): Promise<TenantLimits> => {
  const { rows } = await client.query<TenantLimits>(READ_LIMITS, [tenantId]);
  if (rows[0] === undefined) throw notFound();
  return rows[0];
};

/** @throws PlatformError IA_API_INVALID */
export const checkLimit = (name: string, value: number | null | undefined, max = MAX_LIMIT): void => {
  if (value === null || value === undefined || (value >= 1 && value <= max)) return;
  throw new PlatformError({ code: 'IA_API_INVALID', message: `\`${name}\` is from 1 to ${max}.` });
};

const checkChange = ({ weight, ...limits }: LimitsChange): void => {
  checkLimit('weight', weight, MAX_WEIGHT);
  for (const [name, value] of Object.entries(limits)) checkLimit(name, value);
};

const given = (change: LimitsChange): Partial<TenantLimits> =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));

const changeLimits = async (
  tx: Prisma.TransactionClient,
  { tenantId, change }: Readonly<{ tenantId: string; change: LimitsChange }>,
): Promise<TenantLimits> => {
  const current = await tx.tenantLimits.findUnique({
    where: { tenantId },
    select: { weight: true, maxConcurrentRuns: true, maxConcurrentTasks: true, maxRunsPerMinute: true },
  });
  if (current === null) throw notFound();
  const limits: TenantLimits = { ...current, ...given(change) };
  const { weight, maxConcurrentRuns, maxConcurrentTasks, maxRunsPerMinute } = limits;
  await tx.$queryRaw`select set_tenant_limits(${tenantId}::uuid, ${weight}::integer, ${maxConcurrentRuns}::integer,
    ${maxConcurrentTasks}::integer, ${maxRunsPerMinute}::integer)`;
  return limits;
};

/** Sets what a tenant may use of the worker: only the operator of the platform may. */
export const setTenantLimits = async (
  context: ApiContext,
  { tenantId, change }: Readonly<{ tenantId: string; change: LimitsChange }>,
): Promise<TenantLimits> => {
  const operator = await requireOperator(context);
  checkChange(change);
  return context.operate(tenantId, async (tx) => {
    const limits = await changeLimits(tx, { tenantId, change });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(operator),
      action: 'tenant.set_limits',
      target: `tenant:${tenantId}`,
      details: limits,
    });
    return limits;
  });
};
