import { requireTenantId, requireTenantNodeId } from '../../access.ts';
import {
  issueApiToken,
  type IssuedToken,
  renameApiToken,
  revokeApiToken,
  rotateApiToken,
} from '../../tokens/api-token-changes.ts';
import type { ApiTokenRow } from '../../tokens/token-rows.ts';
import { IDEMPOTENCY_KEY } from '../../idempotency.ts';
import { builder } from '../builder.ts';
import { TokenScopeEnum } from '../enums.ts';
import { example } from '../example.ts';
import { ApiTokenRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';

type IssueSuccess<Kind extends string> = IssuedToken & { readonly kind: Kind };
type ChangeSuccess<Kind extends string> = { readonly kind: Kind; readonly apiToken: ApiTokenRow };

const implementIssued = <Kind extends string>(kind: Kind, description: string) =>
  builder.objectRef<IssueSuccess<Kind>>(kind).implement({
    description,
    fields: (t) => ({
      token: t.exposeString('token', { description: 'Shown this once; only its hash is stored.' }),
      apiToken: t.field({
        type: ApiTokenRef,
        description: 'What is known about it from now on.',
        resolve: ({ apiToken }) => apiToken,
      }),
    }),
  });

const implementChanged = <Kind extends string>(kind: Kind, description: string) =>
  builder.objectRef<ChangeSuccess<Kind>>(kind).implement({
    description,
    fields: (t) => ({
      apiToken: t.field({
        type: ApiTokenRef,
        description: 'The token as it is now.',
        resolve: ({ apiToken }) => apiToken,
      }),
    }),
  });

const CreateApiTokenInput = builder.inputType('CreateApiTokenInput', {
  description: 'A new token.',
  fields: (t) => ({
    tenantId: t.id({ required: true, description: 'The one tenant that it works in.' }),
    name: t.string({ required: true, description: 'What it is for: 1 to 100 characters.' }),
    scopes: t.field({
      type: [TokenScopeEnum],
      required: true,
      description: 'What it may be used for: nothing that the caller may not do.',
    }),
    expiresAt: t.field({ type: 'DateTime', description: 'Never, when left out.' }),
    serviceAccountId: t.id({
      description: 'Whom it acts for; the caller, when left out. The account may not be stronger than the caller.',
    }),
    idempotencyKey: t.string({ description: IDEMPOTENCY_KEY }),
  }),
});

const CreateApiTokenSuccess = implementIssued('CreateApiTokenSuccess', 'The token was made.');

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
    args: { input: t.arg({ type: CreateApiTokenInput, required: true, description: 'The token to make.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const { principal } = context.viewer;
        const tenantId = requireTenantId(principal, input.tenantId);
        const account = input.serviceAccountId ?? null;
        const serviceAccountId = account === null ? null : requireTenantNodeId(principal, 'ServiceAccount', account).id;
        const { name, scopes, expiresAt = null } = input;
        const issued = await issueApiToken(context, { tenantId, name, scopes, expiresAt, serviceAccountId }, input);
        return { kind: 'CreateApiTokenSuccess' as const, ...issued };
      }),
  }),
);

const RotateApiTokenInput = builder.inputType('RotateApiTokenInput', {
  description: 'Which token gets a new secret, and how long the old one still works.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The token whose secret is replaced.' }),
    graceSeconds: t.int({
      description: 'How long the old one still works: at most seven days. It ends at once when left out.',
    }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'When the new one ends, null for never; when the old one would have, if left out.',
    }),
  }),
});

const RotateApiTokenSuccess = implementIssued('RotateApiTokenSuccess', 'The token has a new secret.');

builder.mutationField('rotateApiToken', (t) =>
  t.field({
    type: resultUnion('RotateApiTokenResult', RotateApiTokenSuccess),
    description: example(
      'Makes a token in place of another: the same name, scopes and owner, another secret. A personal token is rotated by its maker only.',
      `
mutation {
  rotateApiToken(input: {id: "<apiToken>", graceSeconds: 3600}) {
    __typename
    ... on RotateApiTokenSuccess { token apiToken { id } }
  }
}`,
    ),
    args: { input: t.arg({ type: RotateApiTokenInput, required: true, description: 'The token to rotate.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const key = requireTenantNodeId(context.viewer.principal, 'ApiToken', input.id);
        const { expiresAt } = input;
        const issued = await rotateApiToken(context, { ...key, graceSeconds: input.graceSeconds ?? 0, expiresAt });
        return { kind: 'RotateApiTokenSuccess' as const, ...issued };
      }),
  }),
);

const RenameApiTokenInput = builder.inputType('RenameApiTokenInput', {
  description: 'Another name for a token.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The token.' }),
    name: t.string({ required: true, description: 'Its new name: 1 to 100 characters.' }),
  }),
});

builder.mutationField('renameApiToken', (t) =>
  t.field({
    type: resultUnion('RenameApiTokenResult', implementChanged('RenameApiTokenSuccess', 'The token has another name.')),
    description: example(
      'Gives a token another name.',
      'mutation { renameApiToken(input: {id: "<apiToken>", name: "nightly"}) { __typename ... on RenameApiTokenSuccess { apiToken { name } } } }',
    ),
    args: { input: t.arg({ type: RenameApiTokenInput, required: true, description: 'The token and its name.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const key = requireTenantNodeId(context.viewer.principal, 'ApiToken', input.id);
        const apiToken = await renameApiToken(context, { ...key, name: input.name });
        return { kind: 'RenameApiTokenSuccess' as const, apiToken };
      }),
  }),
);

const RevokeApiTokenInput = builder.inputType('RevokeApiTokenInput', {
  description: 'Which token ends.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The token.' }) }),
});

builder.mutationField('revokeApiToken', (t) =>
  t.field({
    type: resultUnion(
      'RevokeApiTokenResult',
      implementChanged('RevokeApiTokenSuccess', 'The token does not work any more.'),
    ),
    description: example(
      'Ends a token everywhere within seconds, open sockets included.',
      'mutation { revokeApiToken(input: {id: "<apiToken>"}) { __typename ... on RevokeApiTokenSuccess { apiToken { revokedAt } } } }',
    ),
    args: { input: t.arg({ type: RevokeApiTokenInput, required: true, description: 'The token to end.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'RevokeApiTokenSuccess' as const,
        apiToken: await revokeApiToken(context, requireTenantNodeId(context.viewer.principal, 'ApiToken', input.id)),
      })),
  }),
);
