import { requireTenantId } from '../../access.ts';
import { confirmNpmLogin, denyNpmLogin } from '../../tokens/npm-login.ts';
import type { ApiTokenRow } from '../../tokens/token-rows.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { ApiTokenRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';

const CODE = 'The code that the terminal shows.';

const ConfirmNpmLoginSuccess = builder
  .objectRef<{ readonly kind: 'ConfirmNpmLoginSuccess'; readonly apiToken: ApiTokenRow }>('ConfirmNpmLoginSuccess')
  .implement({
    description: 'npm gets a token.',
    fields: (t) => ({
      apiToken: t.field({
        type: ApiTokenRef,
        description: 'What is known about the token; npm alone gets the token itself.',
        resolve: ({ apiToken }) => apiToken,
      }),
    }),
  });

const ConfirmNpmLoginInput = builder.inputType('ConfirmNpmLoginInput', {
  description: 'Which login is let in, and for which tenant.',
  fields: (t) => ({
    code: t.string({ required: true, description: CODE }),
    tenantId: t.id({ required: true, description: 'The one tenant that npm may read and publish for.' }),
  }),
});

builder.mutationField('confirmNpmLogin', (t) =>
  t.field({
    type: resultUnion('ConfirmNpmLoginResult', ConfirmNpmLoginSuccess),
    description: example(
      'Gives the npm that shows a code a token of the viewer: for 90 days, to read plugins and, with the role for it, to publish. `npm logout` ends it.',
      `
mutation {
  confirmNpmLogin(input: {code: "<npmLoginCode>", tenantId: "<tenant>"}) {
    __typename
    ... on ConfirmNpmLoginSuccess { apiToken { name scopes expiresAt } }
  }
}`,
    ),
    args: { input: t.arg({ type: ConfirmNpmLoginInput, required: true, description: 'The login to let in.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        const apiToken = await confirmNpmLogin(context, { tenantId, code: input.code });
        return { kind: 'ConfirmNpmLoginSuccess' as const, apiToken };
      }),
  }),
);

const DenyNpmLoginSuccess = builder
  .objectRef<{ readonly kind: 'DenyNpmLoginSuccess'; readonly code: string }>('DenyNpmLoginSuccess')
  .implement({
    description: 'npm gets nothing.',
    fields: (t) => ({ code: t.exposeString('code', { description: 'The code, which opens nothing any more.' }) }),
  });

builder.mutationField('denyNpmLogin', (t) =>
  t.field({
    type: resultUnion('DenyNpmLoginResult', DenyNpmLoginSuccess),
    description: example(
      'Refuses the `npm login` that shows a code.',
      `
mutation {
  denyNpmLogin(code: "<npmLoginCode>") { __typename ... on DenyNpmLoginSuccess { code } }
}`,
    ),
    args: { code: t.arg.string({ required: true, description: CODE }) },
    resolve: (_root, { code }, context) =>
      answer(async () => {
        await denyNpmLogin(context, code);
        return { kind: 'DenyNpmLoginSuccess' as const, code };
      }),
  }),
);
