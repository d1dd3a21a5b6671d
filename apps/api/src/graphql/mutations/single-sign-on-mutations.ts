import { notFound, requireTenantId } from '../../access.ts';
import type { ApiContext } from '../../context.ts';
import { tenantGlobalId } from '../../global-id.ts';
import {
  configureSingleSignOn,
  findSingleSignOn,
  removeSingleSignOn,
  type SingleSignOnRow,
  verifySingleSignOnDomain,
} from '../../people/single-sign-on-settings.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { SingleSignOnRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';
import { JoiningRoleEnum } from '../types/single-sign-on.ts';

const success = <Kind extends string>(kind: Kind, description: string) =>
  builder.objectRef<{ readonly kind: Kind; readonly singleSignOn: SingleSignOnRow }>(kind).implement({
    description,
    fields: (t) => ({
      singleSignOn: t.field({
        type: SingleSignOnRef,
        description: 'As it is now.',
        resolve: (made) => made.singleSignOn,
      }),
    }),
  });

const load = async ({ session }: ApiContext, tenantId: string): Promise<SingleSignOnRow> => {
  const row = await session.read(tenantId, 'tenant.settings', findSingleSignOn);
  if (row === null) throw notFound();
  return row;
};

const ConfigureSingleSignOnInput = builder.inputType('ConfigureSingleSignOnInput', {
  description: 'An OpenID provider, and what it calls this platform.',
  fields: (t) => ({
    tenantId: t.id({ required: true, description: 'Which tenant.' }),
    issuer: t.string({ required: true, description: 'The https address of the provider.' }),
    clientId: t.string({ required: true, description: 'Given by the provider.' }),
    clientSecret: t.string({ required: true, description: 'Given by the provider. Stored sealed, and never shown.' }),
    domain: t.string({ required: true, description: 'What stands behind the @ of the addresses that it speaks for.' }),
    role: t.field({
      type: JoiningRoleEnum,
      description: 'What a person becomes who signs in for the first time; `viewer` when left out.',
    }),
  }),
});

builder.mutationField('configureSingleSignOn', (t) =>
  t.field({
    type: resultUnion(
      'ConfigureSingleSignOnResult',
      success('ConfigureSingleSignOnSuccess', 'The provider has answered.'),
    ),
    description: example(
      'Says where the people of a tenant sign in. It counts once `verifySingleSignOnDomain` has found the record; another issuer or domain starts anew. For people, not for tokens.',
      `# answers: ValidationFailed
mutation { configureSingleSignOn(input: {
  tenantId: "<tenant>", issuer: "https://localhost", clientId: "ia", clientSecret: "s3cret", domain: "example.com"
}) { __typename ... on Error { message } } }`,
    ),
    args: { input: t.arg({ type: ConfigureSingleSignOnInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        await configureSingleSignOn(context, { ...input, tenantId, role: input.role ?? 'viewer' });
        return { kind: 'ConfigureSingleSignOnSuccess' as const, singleSignOn: await load(context, tenantId) };
      }),
  }),
);

const SingleSignOnInput = builder.inputType('SingleSignOnInput', {
  description: 'A tenant.',
  fields: (t) => ({ tenantId: t.id({ required: true, description: 'Which tenant.' }) }),
});

builder.mutationField('verifySingleSignOnDomain', (t) =>
  t.field({
    type: resultUnion(
      'VerifySingleSignOnDomainResult',
      success('VerifySingleSignOnDomainSuccess', 'The domain is shown to be theirs.'),
    ),
    description: example(
      'Looks for the record that shows whose the domain is. From then on its people sign in through the provider.',
      '# answers: NotFound\nmutation { verifySingleSignOnDomain(input: {tenantId: "<tenant>"}) { __typename } }',
    ),
    args: { input: t.arg({ type: SingleSignOnInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        await verifySingleSignOnDomain(context, tenantId);
        return { kind: 'VerifySingleSignOnDomainSuccess' as const, singleSignOn: await load(context, tenantId) };
      }),
  }),
);

const RemoveSingleSignOnSuccess = builder
  .objectRef<{ readonly kind: 'RemoveSingleSignOnSuccess'; readonly tenantId: string }>('RemoveSingleSignOnSuccess')
  .implement({
    description: 'Its people sign in here.',
    fields: (t) => ({ tenantId: t.exposeID('tenantId', { description: 'Of which tenant.' }) }),
  });

builder.mutationField('removeSingleSignOn', (t) =>
  t.field({
    type: resultUnion('RemoveSingleSignOnResult', RemoveSingleSignOnSuccess),
    description: example(
      'Forgets the provider. Members stay members, and sign in with a password.',
      '# answers: NotFound\nmutation { removeSingleSignOn(input: {tenantId: "<tenant>"}) { __typename } }',
    ),
    args: { input: t.arg({ type: SingleSignOnInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        await removeSingleSignOn(context, tenantId);
        return { kind: 'RemoveSingleSignOnSuccess' as const, tenantId: tenantGlobalId(tenantId) };
      }),
  }),
);
