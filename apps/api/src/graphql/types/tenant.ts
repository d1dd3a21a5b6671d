import { can, PERMISSIONS, type Permission, type Role, roleIn } from '@ia-modules/database';
import { notFound } from '../../access.ts';
import type { ApiContext } from '../../context.ts';
import { tenantGlobalId } from '../../global-id.ts';
import { parsePage, toConnection } from '../../page.ts';
import { listInstallations } from '../../plugins/plugin-rows.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { example } from '../example.ts';
import { PrincipalKindEnum, TenantRoleEnum } from '../enums.ts';
import {
  ApiTokenRef,
  InstallationRef,
  ServiceAccountRef,
  TenantMembershipRef,
  TenantRef,
  UserRef,
  ViewerRef,
} from '../refs.ts';
import { loadTenant } from './tenant-lookup.ts';

const ALL_PERMISSIONS = Object.keys(PERMISSIONS) as Permission[];

const viewerRole = (tenantId: string, { viewer: { principal } }: ApiContext): Role => {
  const role = principal === null ? undefined : roleIn(principal, tenantId);
  if (role === undefined) throw notFound();
  return role;
};

const viewerPermissions = (tenantId: string, { viewer: { principal } }: ApiContext): Permission[] =>
  principal === null ? [] : ALL_PERMISSIONS.filter((permission) => can(principal, tenantId, permission));

TenantRef.implement({
  description: 'An isolation boundary; to its members an organization.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ resolve: (tenant) => tenantGlobalId(tenant.id) }),
    slug: t.exposeString('slug', { description: 'The scope of its packages; never changes.' }),
    name: t.exposeString('name', { description: 'What people call it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    viewerRole: t.field({
      description: 'The role that counts for the viewer here.',
      type: TenantRoleEnum,
      resolve: (tenant, _args, context) => viewerRole(tenant.id, context),
    }),
    viewerPermissions: t.stringList({
      description: 'What the viewer may do here, e.g. `pipeline.write`.',
      resolve: (tenant, _args, context) => viewerPermissions(tenant.id, context),
    }),
  }),
});

builder.objectField(TenantRef, 'installations', (t) =>
  t.connection({
    description: 'The plugins that are installed, by their names.',
    type: InstallationRef,
    complexity: connectionCost,
    resolve: async ({ id: tenantId }, args, { session }) => {
      const page = parsePage('installations', args, 1, tenantId);
      const rows = await session.read(tenantId, 'plugin.read', (client) =>
        listInstallations(client, { tenantId, page }),
      );
      return toConnection(page, rows, (row) => [row.pluginName]);
    },
  }),
);

UserRef.implement({
  description: 'A person who can sign in.',
  fields: (t) => ({
    id: t.exposeID('userId'),
    email: t.exposeString('email', { description: 'The e-mail address.' }),
    name: t.exposeString('name', { description: 'What the person is called.' }),
  }),
});

TenantMembershipRef.implement({
  description: 'A tenant that the viewer belongs to.',
  fields: (t) => ({
    role: t.expose('role', { description: 'What the viewer may do there.', type: TenantRoleEnum }),
    tenant: t.field({
      description: 'The tenant.',
      type: TenantRef,
      resolve: (membership, _args, context) => loadTenant(membership.tenantId, context),
    }),
  }),
});

ViewerRef.implement({
  description: 'Who is asking.',
  fields: (t) => ({
    principalKind: t.field({
      description: 'Whether a person or a token asks.',
      type: PrincipalKindEnum,
      resolve: (principal) => principal.kind,
    }),
    user: t.field({
      type: UserRef,
      nullable: true,
      description: 'The signed-in person; null for an API token.',
      resolve: (principal) => (principal.kind === 'user' ? principal : null),
    }),
    apiToken: t.field({
      type: ApiTokenRef,
      nullable: true,
      description: 'The token in use, where it may read about itself.',
      resolve: (principal, _args, { loaders }) =>
        principal.kind === 'token' && can(principal, principal.tenantId, 'token.read')
          ? loaders.apiTokens.load({ tenantId: principal.tenantId, id: principal.tokenId })
          : null,
    }),
    serviceAccount: t.field({
      type: ServiceAccountRef,
      nullable: true,
      description: 'The service account that the token in use acts for, where it may read about itself.',
      resolve: (principal, _args, { loaders }) =>
        principal.kind === 'token' &&
        principal.serviceAccountId !== null &&
        can(principal, principal.tenantId, 'serviceAccount.read')
          ? loaders.serviceAccounts.load({ tenantId: principal.tenantId, id: principal.serviceAccountId })
          : null,
    }),
    tenants: t.field({
      description: 'Where the viewer belongs: each tenant with the role there.',
      type: [TenantMembershipRef],
      resolve: (principal) =>
        principal.kind === 'user'
          ? [...principal.memberships]
          : [
              {
                tenantId: principal.tenantId,
                slug: principal.tenantSlug,
                name: '',
                role: principal.role,
                isDeleted: false,
              },
            ],
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: ViewerRef,
    nullable: true,
    description: example(
      'Who is asking; null for an anonymous request.',
      '{ viewer { principalKind user { email } tenants { role tenant { slug name } } } }',
    ),
    resolve: (_root, _args, { viewer }) => viewer.principal,
  }),
);

const tenantIdOfSlug = (slug: string, { viewer: { principal } }: ApiContext): string | null => {
  if (principal === null) return null;
  if (principal.kind === 'token') return principal.tenantSlug === slug ? principal.tenantId : null;
  return principal.memberships.find((membership) => membership.slug === slug)?.tenantId ?? null;
};

builder.queryField('tenant', (t) =>
  t.field({
    type: TenantRef,
    nullable: true,
    description: example(
      'A tenant that the viewer belongs to, by its slug; null when there is none.',
      '{ tenant(slug: "<slug>") { id name pipelines(first: 10) { nodes { id name } } } }',
    ),
    args: { slug: t.arg.string({ required: true, description: '`Tenant.slug`.' }) },
    resolve: async (_root, { slug }, context) => {
      const tenantId = tenantIdOfSlug(slug, context);
      return tenantId === null ? null : loadTenant(tenantId, context);
    },
  }),
);
