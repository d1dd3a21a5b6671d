import { createTenant } from '../../tenants/create-tenant.ts';
import type { TenantRow } from '../../tenants/tenant-rows.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { TenantRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';

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
