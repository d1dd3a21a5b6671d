import { tenantNodeId } from '../../global-id.ts';
import { parsePage, toConnection } from '../../page.ts';
import { listServiceAccounts } from '../../service-accounts/service-account-rows.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { TenantRoleEnum } from '../enums.ts';
import { ServiceAccountRef, TenantRef } from '../refs.ts';

ServiceAccountRef.implement({
  description:
    'A member that is no person: programs act for it through its tokens. It decides no approvals and is never an owner.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: 'Its global id.', resolve: (account) => tenantNodeId('ServiceAccount', account) }),
    name: t.exposeString('name', { description: 'Its name, which no other one of the tenant has.' }),
    description: t.exposeString('description', { description: 'What it is for.' }),
    role: t.expose('role', { type: TenantRoleEnum, description: 'What its tokens may do, within their scopes.' }),
    createdBy: t.exposeString('createdBy', { description: 'Who made it: the id of a user, or `token:<id>`.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
    disabledAt: t.expose('disabledAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when its tokens do not work; null while they do.',
    }),
  }),
});

builder.objectField(TenantRef, 'serviceAccounts', (t) =>
  t.connection({
    type: ServiceAccountRef,
    description: 'The service accounts of the tenant, by name.',
    args: { isDisabled: t.arg.boolean({ description: 'Only disabled ones, or only those that work.' }) },
    complexity: connectionCost,
    resolve: async ({ id: tenantId }, args, { session }) => {
      const isDisabled = args.isDisabled ?? null;
      const page = parsePage('serviceAccounts', args, 1, `${tenantId}:${isDisabled}`);
      const rows = await session.read(tenantId, 'serviceAccount.read', (client) =>
        listServiceAccounts(client, { tenantId, isDisabled, page }),
      );
      return toConnection(page, rows, (row) => [row.name]);
    },
  }),
);
