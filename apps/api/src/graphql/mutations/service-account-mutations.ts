import { requireTenantId, requireTenantNodeId } from '../../access.ts';
import { IDEMPOTENCY_KEY } from '../../idempotency.ts';
import {
  createServiceAccount,
  setServiceAccountState,
  updateServiceAccount,
} from '../../service-accounts/change-service-account.ts';
import type { ServiceAccountRow } from '../../service-accounts/service-account-rows.ts';
import { builder } from '../builder.ts';
import { TenantRoleEnum } from '../enums.ts';
import { example } from '../example.ts';
import { ServiceAccountRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';

type Success<Kind extends string> = { readonly kind: Kind; readonly serviceAccount: ServiceAccountRow };

const implementSuccess = <Kind extends string>(kind: Kind, description: string) =>
  builder.objectRef<Success<Kind>>(kind).implement({
    description,
    fields: (t) => ({
      serviceAccount: t.field({
        type: ServiceAccountRef,
        description: 'The account as it is now.',
        resolve: ({ serviceAccount }) => serviceAccount,
      }),
    }),
  });

const ROLE = 'At most the role of the caller, and never `owner`.';

const CreateServiceAccountInput = builder.inputType('CreateServiceAccountInput', {
  description: 'A new service account.',
  fields: (t) => ({
    tenantId: t.id({ required: true, description: 'The tenant that it belongs to.' }),
    name: t.string({
      required: true,
      description: 'Its name, which no other one of the tenant has: 1 to 100 characters.',
    }),
    role: t.field({ type: TenantRoleEnum, required: true, description: ROLE }),
    description: t.string({ description: 'What it is for: up to 1000 characters.' }),
    idempotencyKey: t.string({ description: IDEMPOTENCY_KEY }),
  }),
});

const CreateServiceAccountSuccess = implementSuccess('CreateServiceAccountSuccess', 'The account was made.');

builder.mutationField('createServiceAccount', (t) =>
  t.field({
    type: resultUnion('CreateServiceAccountResult', CreateServiceAccountSuccess),
    description: example(
      'Makes a member that is no person. Give it tokens with `createApiToken`.',
      `
mutation {
  createServiceAccount(input: {tenantId: "<tenant>", name: "deployer", role: operator}) {
    __typename
    ... on CreateServiceAccountSuccess { serviceAccount { id role } }
  }
}`,
    ),
    args: { input: t.arg({ type: CreateServiceAccountInput, required: true, description: 'The account to make.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        const { name, role, description } = input;
        const { idempotencyKey = null } = input;
        const request = { tenantId, name, role, description: description ?? '', idempotencyKey };
        const serviceAccount = await createServiceAccount(context, request);
        return { kind: 'CreateServiceAccountSuccess' as const, serviceAccount };
      }),
  }),
);

const UpdateServiceAccountInput = builder.inputType('UpdateServiceAccountInput', {
  description: 'What changes about a service account; the rest stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The account.' }),
    name: t.string({ description: 'Its new name.' }),
    role: t.field({ type: TenantRoleEnum, description: `Its new role, which counts for its tokens at once. ${ROLE}` }),
    description: t.string({ description: 'What it is for now.' }),
  }),
});

const UpdateServiceAccountSuccess = implementSuccess('UpdateServiceAccountSuccess', 'The account was changed.');

builder.mutationField('updateServiceAccount', (t) =>
  t.field({
    type: resultUnion('UpdateServiceAccountResult', UpdateServiceAccountSuccess),
    description: example(
      'Changes the name, the role or the description of a service account.',
      'mutation { updateServiceAccount(input: {id: "<serviceAccount>", role: viewer}) { __typename ... on UpdateServiceAccountSuccess { serviceAccount { role } } } }',
    ),
    args: { input: t.arg({ type: UpdateServiceAccountInput, required: true, description: 'What changes.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const key = requireTenantNodeId(context.viewer.principal, 'ServiceAccount', input.id);
        const { name = null, role = null, description = null } = input;
        const serviceAccount = await updateServiceAccount(context, { ...key, name, role, description });
        return { kind: 'UpdateServiceAccountSuccess' as const, serviceAccount };
      }),
  }),
);

const DisableServiceAccountInput = builder.inputType('DisableServiceAccountInput', {
  description: 'Which service account ends.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The account.' }) }),
});

const DisableServiceAccountSuccess = implementSuccess('DisableServiceAccountSuccess', 'The account is disabled.');

builder.mutationField('disableServiceAccount', (t) =>
  t.field({
    type: resultUnion('DisableServiceAccountResult', DisableServiceAccountSuccess),
    description: example(
      'Ends the use of all tokens of a service account within seconds, open sockets included.',
      'mutation { disableServiceAccount(input: {id: "<serviceAccount>"}) { __typename ... on DisableServiceAccountSuccess { serviceAccount { disabledAt } } } }',
    ),
    args: {
      input: t.arg({ type: DisableServiceAccountInput, required: true, description: 'The account to disable.' }),
    },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const key = requireTenantNodeId(context.viewer.principal, 'ServiceAccount', input.id);
        const serviceAccount = await setServiceAccountState(context, { ...key, isDisabled: true });
        return { kind: 'DisableServiceAccountSuccess' as const, serviceAccount };
      }),
  }),
);

const EnableServiceAccountInput = builder.inputType('EnableServiceAccountInput', {
  description: 'Which service account works again.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The account.' }) }),
});

const EnableServiceAccountSuccess = implementSuccess('EnableServiceAccountSuccess', 'The account is enabled.');

builder.mutationField('enableServiceAccount', (t) =>
  t.field({
    type: resultUnion('EnableServiceAccountResult', EnableServiceAccountSuccess),
    description: example(
      'Lets a disabled service account act again, with the tokens that it still has.',
      'mutation { enableServiceAccount(input: {id: "<disabledServiceAccount>"}) { __typename ... on EnableServiceAccountSuccess { serviceAccount { disabledAt } } } }',
    ),
    args: { input: t.arg({ type: EnableServiceAccountInput, required: true, description: 'The account to enable.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const key = requireTenantNodeId(context.viewer.principal, 'ServiceAccount', input.id);
        const serviceAccount = await setServiceAccountState(context, { ...key, isDisabled: false });
        return { kind: 'EnableServiceAccountSuccess' as const, serviceAccount };
      }),
  }),
);
