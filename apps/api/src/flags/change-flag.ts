import { appendAudit, type Prisma, type Principal } from '@ia-modules/database';
import type { PoolClient } from 'pg';
import { principalId } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import { requireOperator } from '../tenants/platform-operator.ts';
import { FEATURE_FLAG_NAMES, FEATURE_FLAGS, type FeatureFlagName } from './feature-flags.ts';

export type FeatureFlagState = {
  readonly name: FeatureFlagName;
  readonly isEnabled: boolean;
  /** When it was set against its default; null when it was not. */
  readonly changedAt: Date | null;
};

type FlagRow = { readonly name: string; readonly isEnabled: boolean; readonly changedAt: Date };

const stateOf = (name: FeatureFlagName, row: FlagRow | undefined): FeatureFlagState => ({
  name,
  isEnabled: row?.isEnabled ?? FEATURE_FLAGS[name].isEnabled,
  changedAt: row?.changedAt ?? null,
});

export const readFeatureFlags = async (client: PoolClient, tenantId: string): Promise<FeatureFlagState[]> => {
  const sql = `select name, is_enabled as "isEnabled", updated_at as "changedAt" from feature_flags where tenant_id = $1::uuid`;
  const { rows } = await client.query<FlagRow>(sql, [tenantId]);
  const byName = new Map(rows.map((row) => [row.name, row]));
  return FEATURE_FLAG_NAMES.map((name) => stateOf(name, byName.get(name)));
};

export type FlagChange = {
  readonly tenantId: string;
  readonly name: FeatureFlagName;
  /** Null takes it back to its default. */
  readonly isEnabled: boolean | null;
};

const applyChange = async (
  tx: Prisma.TransactionClient,
  { tenantId, name, isEnabled }: FlagChange,
  principal: Principal,
): Promise<FeatureFlagState> => {
  const key = { tenantId_name: { tenantId, name } };
  const found = await tx.featureFlag.findUnique({ where: key });
  const before = found?.isEnabled ?? FEATURE_FLAGS[name].isEnabled;
  const updatedAt = new Date();
  if (isEnabled === null) {
    await tx.featureFlag.deleteMany({ where: { tenantId, name } });
  } else {
    const data = { isEnabled, updatedBy: principalId(principal), updatedAt };
    await tx.featureFlag.upsert({ where: key, create: { tenantId, name, ...data }, update: data });
  }
  const after = isEnabled ?? FEATURE_FLAGS[name].isEnabled;
  await appendAudit(tx, {
    tenantId,
    actor: auditActor(principal),
    action: isEnabled === null ? 'flag.reset' : 'flag.set',
    target: `flag:${name}`,
    details: { before: { isEnabled: before }, after: { isEnabled: after } },
  });
  return { name, isEnabled: after, changedAt: isEnabled === null ? null : updatedAt };
};

/** Switches a part of the platform on or off for a tenant; some parts only the operator of the platform may switch. */
export const changeFeatureFlag = async (context: ApiContext, change: FlagChange): Promise<FeatureFlagState> => {
  const { tenantId, name } = change;
  const state = await (FEATURE_FLAGS[name].setBy === 'operator'
    ? changeAsOperator(context, change)
    : context.change(tenantId, 'flag.write', (tx, principal) => applyChange(tx, change, principal)));
  context.services.flags.forget(tenantId);
  return state;
};

const changeAsOperator = async (context: ApiContext, change: FlagChange): Promise<FeatureFlagState> => {
  const operator = await requireOperator(context);
  return context.operate(change.tenantId, async (tx) => {
    await tx.tenant.findUniqueOrThrow({ where: { id: change.tenantId } });
    return applyChange(tx, change, operator);
  });
};
