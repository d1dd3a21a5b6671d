import { opaqueId } from '../../global-id.ts';
import { parsePage, toConnection } from '../../page.ts';
import { listUpgradeRequests, type UpgradeRequestRow } from '../../plugins/upgrade-requests.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { TenantRef } from '../refs.ts';
import { PermissionChangesRef } from './plugin-permissions.ts';

const UpgradeRequestStatusEnum = builder.enumType('UpgradeRequestStatus', {
  description: 'What became of a request: `superseded` by a newer one, or by another change of the plugin.',
  values: {
    waiting: { value: 'waiting', description: 'Nobody has decided yet.' },
    consented: { value: 'consented', description: 'Somebody agreed, and the upgrade was made.' },
    declined: { value: 'declined', description: 'Somebody refused it.' },
    superseded: {
      value: 'superseded',
      description: 'A newer request or another change of the version took its place.',
    },
  } as const,
});

export const UpgradeRequestRef = builder.objectRef<UpgradeRequestRow>('UpgradeRequest').implement({
  description: 'An upgrade of a plugin that waits for somebody who may agree to it, or what became of it.',
  fields: (t) => ({
    id: t.id({ resolve: ({ id }) => opaqueId('UpgradeRequest', id) }),
    pluginName: t.exposeString('pluginName', { description: 'Name of the package: `@scope/name`.' }),
    fromVersion: t.exposeString('fromVersion', { description: 'The default version when it was asked for.' }),
    toVersion: t.exposeString('toVersion', { description: 'The version that is asked for.' }),
    permissionChanges: t.expose('permissionChanges', {
      type: PermissionChangesRef,
      description: 'What it asks for that the version before did not.',
    }),
    note: t.exposeString('note', { description: 'What whoever asked says about it.' }),
    status: t.expose('status', { type: UpgradeRequestStatusEnum, description: 'Whether it still waits.' }),
    requestedBy: t.exposeString('requestedBy', { description: 'The id of the user or token that asked.' }),
    requestedAt: t.expose('requestedAt', { type: 'DateTime', description: 'When it was asked for.' }),
    decidedBy: t.exposeString('decidedBy', {
      nullable: true,
      description: 'The id of the user or token that decided; null while it waits.',
    }),
    decidedAt: t.expose('decidedAt', { type: 'DateTime', nullable: true, description: 'When it was decided.' }),
    decisionNote: t.exposeString('decisionNote', { description: 'What whoever decided says about it.' }),
  }),
});

builder.objectField(TenantRef, 'upgradeRequests', (t) =>
  t.connection(
    {
      type: UpgradeRequestRef,
      description: 'Upgrades of plugins that wait for consent, and those that were decided; the latest first.',
      args: { status: t.arg({ type: UpgradeRequestStatusEnum, description: 'Only those with this status.' }) },
      complexity: connectionCost,
      resolve: async ({ id: tenantId }, args, { session }) => {
        const status = args.status ?? null;
        const page = parsePage('upgrade requests', args, 2, `${tenantId} ${status}`);
        const rows = await session.read(tenantId, 'plugin.read', (client) =>
          listUpgradeRequests(client, { tenantId, status, page }),
        );
        return toConnection(page, rows, (row) => [row.requestedAt.toISOString(), row.id]);
      },
    },
    { name: 'UpgradeRequestConnection' },
    { name: 'UpgradeRequestConnectionEdge' },
  ),
);
