import { appendAudit, type Prisma, type Principal } from '@ia-modules/database';
import type { PoolClient } from 'pg';
import { v7 as uuid } from 'uuid';
import { principalId } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import { type Keyset, keysetSql, type Page, SqlParameters } from '../page.ts';
import type { PermissionChanges } from './permission-changes.ts';

export type UpgradeRequestStatus = 'waiting' | 'consented' | 'declined' | 'superseded';

/** An upgrade that waits for somebody who may agree to it, or what became of it. */
export type UpgradeRequestRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly pluginName: string;
  readonly fromVersion: string;
  readonly toVersion: string;
  readonly permissionChanges: PermissionChanges;
  readonly note: string;
  readonly status: UpgradeRequestStatus;
  readonly requestedBy: string;
  readonly requestedAt: Date;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly decisionNote: string;
};

export const toUpgradeRequest = (row: {
  readonly permissionChanges: Prisma.JsonValue;
  readonly status: string;
}): UpgradeRequestRow => row as unknown as UpgradeRequestRow;

type Superseding = { readonly tenantId: string; readonly pluginName: string; readonly decidedBy: string };

/** What waits for a plugin makes room for what happens to it now. */
export const supersedeRequests = async (
  tx: Prisma.TransactionClient,
  { tenantId, pluginName, decidedBy }: Superseding,
): Promise<void> => {
  await tx.upgradeRequest.updateMany({
    where: { tenantId, pluginName, status: 'waiting' },
    data: { status: 'superseded', decidedBy, decidedAt: new Date() },
  });
};

export type NewUpgradeRequest = Pick<
  UpgradeRequestRow,
  'tenantId' | 'pluginName' | 'fromVersion' | 'toVersion' | 'permissionChanges' | 'note'
>;

/** Lets an upgrade wait for consent, in the place of one that waits already. */
export const requestUpgrade = async (
  tx: Prisma.TransactionClient,
  principal: Principal,
  request: NewUpgradeRequest,
): Promise<UpgradeRequestRow> => {
  const { tenantId, pluginName, fromVersion, toVersion, permissionChanges } = request;
  const requestedBy = principalId(principal);
  await supersedeRequests(tx, { tenantId, pluginName, decidedBy: requestedBy });
  const row = await tx.upgradeRequest.create({ data: { ...request, id: uuid(), requestedBy } });
  await appendAudit(tx, {
    tenantId,
    actor: auditActor(principal),
    action: 'plugin.request_upgrade',
    target: `plugin:${pluginName}`,
    details: { request: row.id, from: fromVersion, to: toVersion, permissionChanges },
  });
  return toUpgradeRequest(row);
};

const KEYSET: Keyset = {
  columns: [
    { column: 'r.requested_at', type: 'timestamptz' },
    { column: 'r.id', type: 'uuid' },
  ],
  order: 'desc',
};

export const listUpgradeRequests = async (
  client: PoolClient,
  query: Readonly<{ tenantId: string; status: UpgradeRequestStatus | null; page: Page }>,
): Promise<UpgradeRequestRow[]> => {
  const parameters = new SqlParameters();
  const tenant = parameters.add(query.tenantId, 'uuid');
  const status = parameters.add(query.status, 'text');
  const keyset = keysetSql(KEYSET, query.page, parameters);
  const sql = `select r.id, r.tenant_id as "tenantId", r.plugin_name as "pluginName", r.from_version as "fromVersion",
      r.to_version as "toVersion", r.permission_changes as "permissionChanges", r.note, r.status,
      r.requested_by as "requestedBy", r.requested_at as "requestedAt", r.decided_by as "decidedBy",
      r.decided_at as "decidedAt", r.decision_note as "decisionNote"
    from upgrade_requests r where r.tenant_id = ${tenant} and (${status} is null or r.status = ${status})
      and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<UpgradeRequestRow>(sql, parameters.values)).rows;
};
