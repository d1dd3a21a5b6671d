import { requireTenantId, requireTenantNodeId } from '../../access.ts';
import { createTenant } from '../../tenants/create-tenant.ts';
import type { ApiTokenRow, TenantRow } from '../../tenants/tenant-rows.ts';
import { issueApiToken, revokeApiToken } from '../../tokens/api-token-changes.ts';
import { builder } from '../builder.ts';
import { TokenScopeEnum } from '../enums.ts';
import { example } from '../example.ts';
import { ApiTokenRef, TenantRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';

const CreateApiTokenInput = builder.inputType('CreateApiTokenInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true }),
    name: t.string({ required: true }),
    scopes: t.field({ type: [TokenScopeEnum], required: true }),
    expiresAt: t.field({ type: 'DateTime', description: 'Never, when left out.' }),
  }),
});

type CreateApiTokenSuccess = {
  readonly kind: 'CreateApiTokenSuccess';
  readonly token: string;
  readonly apiToken: ApiTokenRow;
};

const CreateApiTokenSuccess = builder.objectRef<CreateApiTokenSuccess>('CreateApiTokenSuccess').implement({
  fields: (t) => ({
    token: t.exposeString('token', { description: 'Shown this once; only its hash is stored.' }),
    apiToken: t.expose('apiToken', { type: ApiTokenRef }),
  }),
});

builder.mutationField('createApiToken', (t) =>
  t.field({
    type: resultUnion('CreateApiTokenResult', CreateApiTokenSuccess),
    description: example(
      'Makes a token for programs. It can do no more than its maker.',
      `
mutation {
  createApiToken(input: {tenantId: "<tenant>", name: "deploys", scopes: [RUNS_WRITE]}) {
    __typename
    ... on CreateApiTokenSuccess { token apiToken { id expiresAt } }
  }
}`,
    ),
    args: { input: t.arg({ type: CreateApiTokenInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        const { name, scopes } = input;
        const issued = await issueApiToken(context, { tenantId, name, scopes, expiresAt: input.expiresAt ?? null });
        return { kind: 'CreateApiTokenSuccess' as const, ...issued };
      }),
  }),
);

const RevokeApiTokenInput = builder.inputType('RevokeApiTokenInput', {
  fields: (t) => ({ id: t.id({ required: true }) }),
});

const RevokeApiTokenSuccess = builder
  .objectRef<{ readonly kind: 'RevokeApiTokenSuccess'; readonly apiToken: ApiTokenRow }>('RevokeApiTokenSuccess')
  .implement({ fields: (t) => ({ apiToken: t.expose('apiToken', { type: ApiTokenRef }) }) });

builder.mutationField('revokeApiToken', (t) =>
  t.field({
    type: resultUnion('RevokeApiTokenResult', RevokeApiTokenSuccess),
    description: example(
      'Ends a token everywhere within seconds, open sockets included.',
      'mutation { revokeApiToken(input: {id: "<apiToken>"}) { __typename ... on RevokeApiTokenSuccess { apiToken { revokedAt } } } }',
    ),
    args: { input: t.arg({ type: RevokeApiTokenInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'RevokeApiTokenSuccess' as const,
        apiToken: await revokeApiToken(context, requireTenantNodeId(context.viewer.principal, 'ApiToken', input.id)),
      })),
  }),
);

const CreateTenantInput = builder.inputType('CreateTenantInput', {
  fields: (t) => ({
    slug: t.string({ required: true, description: 'The scope of its packages; can never be changed.' }),
    name: t.string({ required: true }),
  }),
});

const CreateTenantSuccess = builder
  .objectRef<{ readonly kind: 'CreateTenantSuccess'; readonly tenant: TenantRow }>('CreateTenantSuccess')
  .implement({ fields: (t) => ({ tenant: t.expose('tenant', { type: TenantRef }) }) });

builder.mutationField('createTenant', (t) =>
  t.field({
    type: resultUnion('CreateTenantResult', CreateTenantSuccess),
    description: example(
      'Makes a tenant that the viewer owns.',
      'mutation { createTenant(input: {slug: "<newSlug>", name: "Acme Weather"}) { __typename ... on Error { message } } }',
    ),
    args: { input: t.arg({ type: CreateTenantInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({ kind: 'CreateTenantSuccess' as const, tenant: await createTenant(context, input) })),
  }),
);
