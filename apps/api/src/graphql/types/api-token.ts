import { roleIn } from '@ia-modules/database';
import { filterId, tenantNodeId } from '../../global-id.ts';
import { parsePage, toConnection } from '../../page.ts';
import { type ApiTokenFilter, listApiTokens } from '../../tokens/token-rows.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { ApiTokenStatusEnum, TokenScopeEnum } from '../enums.ts';
import { ApiTokenRef, ServiceAccountRef, TenantRef } from '../refs.ts';

ApiTokenRef.implement({
  description: 'A credential for programs; the token itself is shown once, when it is made.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: 'Its global id.', resolve: (token) => tenantNodeId('ApiToken', token) }),
    name: t.exposeString('name', { description: 'What it is for; two tokens may have the same name.' }),
    prefix: t.exposeString('prefix', { description: 'The first characters, to recognise a token by.' }),
    scopes: t.field({
      type: [TokenScopeEnum],
      description: "What it may be used for, as far as its maker's or service account's role allows it now.",
      resolve: (token) => [...token.scopes],
    }),
    status: t.expose('status', { type: ApiTokenStatusEnum, description: 'Whether it still works.' }),
    createdBy: t.exposeString('createdBy', {
      description: 'The id of the user whom it acts for, or `service:<id>` for one of a service account.',
    }),
    serviceAccount: t.field({
      type: ServiceAccountRef,
      nullable: true,
      description: 'Whom it acts for; null for a token that acts for a person.',
      resolve: ({ tenantId, serviceAccountId }, _args, { loaders }) =>
        serviceAccountId === null ? null : loaders.serviceAccounts.load({ tenantId, id: serviceAccountId }),
    }),
    replacedBy: t.field({
      type: ApiTokenRef,
      nullable: true,
      description: 'The token that took its place when it was rotated, where the viewer may see that.',
      resolve: ({ tenantId, replacedById }, _args, { loaders }) =>
        replacedById === null ? null : loaders.apiTokens.load({ tenantId, id: replacedById }),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ends by itself; null for never.',
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to the minute; null for never.',
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When somebody ended it; null when nobody did.',
    }),
  }),
});

const ApiTokenFilterInput = builder.inputType('ApiTokenFilter', {
  description: 'Which tokens a list shows; all that are named must hold.',
  fields: (t) => ({
    isOwn: t.boolean({ description: "True: the viewer's own; false: those of everyone else." }),
    serviceAccountId: t.id({ description: 'Those of one service account.' }),
    status: t.field({ type: [ApiTokenStatusEnum], description: 'Those in one of these states.' }),
    expiresBefore: t.field({
      type: 'DateTime',
      description: 'Active ones that end before this: what to rotate in time.',
    }),
  }),
});

builder.objectField(TenantRef, 'apiTokens', (t) =>
  t.connection({
    type: ApiTokenRef,
    description:
      'Tokens, the newest first: all of them for admins, else those of the viewer and of service accounts that are no stronger.',
    args: { filter: t.arg({ type: ApiTokenFilterInput, description: 'Which ones; all, when left out.' }) },
    complexity: connectionCost,
    resolve: async ({ id: tenantId }, args, { session, viewer: { principal } }) => {
      const filter: ApiTokenFilter = {
        isOwn: args.filter?.isOwn ?? null,
        serviceAccountId: filterId('ServiceAccount', tenantId, args.filter?.serviceAccountId),
        status: args.filter?.status ?? null,
        expiresBefore: args.filter?.expiresBefore ?? null,
      };
      const page = parsePage('apiTokens', args, 2, `${tenantId}:${JSON.stringify(filter)}`);
      const rows = await session.read(tenantId, 'token.read', async (client) =>
        principal === null || roleIn(principal, tenantId) === undefined
          ? []
          : listApiTokens(client, { tenantId, principal, filter, page }),
      );
      return toConnection(page, rows, (row) => [row.createdAt.toISOString(), row.id]);
    },
  }),
);
