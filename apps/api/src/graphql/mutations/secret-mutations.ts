import { requireTenantId, requireTenantNodeId } from '../../access.ts';
import {
  createSecret,
  deleteSecret,
  rollbackSecret,
  rotateSecret,
  updateSecretDescription,
} from '../../secrets/secret-changes.ts';
import type { SecretRow } from '../../secrets/secret-rows.ts';
import { type SecretTest, testSecret } from '../../secrets/test-secret.ts';
import { IDEMPOTENCY_KEY } from '../../idempotency.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { SecretRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';

const VALUE = 'From 4 characters to 64 KiB of UTF-8. No answer, event or log ever shows it.';
const EXPECTED_VERSION = 'Refused with `Conflict` when another version is current; whichever it is when left out.';

const changedSecret = <Kind extends string>(kind: Kind) =>
  builder.objectRef<{ readonly kind: Kind; readonly secret: SecretRow }>(kind).implement({
    description: 'The secret as it is now.',
    fields: (t) => ({
      secret: t.field({ type: SecretRef, description: 'The secret.', resolve: ({ secret }) => secret }),
    }),
  });

const CreateSecretInput = builder.inputType('CreateSecretInput', {
  description: 'A new secret.',
  fields: (t) => ({
    tenantId: t.id({ required: true, description: 'Whose it will be.' }),
    name: t.string({
      required: true,
      description: 'As pipelines will read it: letters, digits, `_` and `-`; unique in the tenant.',
    }),
    value: t.string({ required: true, description: VALUE }),
    description: t.string({ description: 'What it is for; empty when left out.' }),
    idempotencyKey: t.string({ description: IDEMPOTENCY_KEY }),
  }),
});

builder.mutationField('createSecret', (t) =>
  t.field({
    type: resultUnion('CreateSecretResult', changedSecret('CreateSecretSuccess')),
    description: example(
      'Stores a value that pipelines read as `{{ secrets.NAME }}` and nobody reads back.',
      `mutation {
        createSecret(input: { tenantId: "<tenant>", name: "API_KEY", value: "s3cr3t-value", description: "The shop's key" }) {
          __typename
          ... on CreateSecretSuccess { secret { id name currentVersion } }
        }
      }`,
    ),
    args: { input: t.arg({ type: CreateSecretInput, required: true, description: 'The secret to make.' }) },
    resolve: (_root, { input: { name, value, description, tenantId, idempotencyKey } }, context) =>
      answer(async () => ({
        kind: 'CreateSecretSuccess' as const,
        secret: await createSecret(context, {
          tenantId: requireTenantId(context.viewer.principal, tenantId),
          name,
          value,
          description: description ?? '',
          idempotencyKey,
        }),
      })),
  }),
);

const RotateSecretInput = builder.inputType('RotateSecretInput', {
  description: 'Another value for a secret.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Of the secret.' }),
    value: t.string({ required: true, description: VALUE }),
    expectedVersion: t.int({ description: EXPECTED_VERSION }),
    idempotencyKey: t.string({ description: IDEMPOTENCY_KEY }),
  }),
});

builder.mutationField('rotateSecret', (t) =>
  t.field({
    type: resultUnion('RotateSecretResult', changedSecret('RotateSecretSuccess')),
    description: example(
      'Gives a secret another value, as its next version. Attempts that begin two seconds later or after have it.',
      `mutation {
        rotateSecret(input: { id: "<secret>", value: "an0ther-value", expectedVersion: 1 }) {
          __typename
          ... on RotateSecretSuccess { secret { currentVersion } }
        }
      }`,
    ),
    args: { input: t.arg({ type: RotateSecretInput, required: true, description: 'The secret and its new value.' }) },
    resolve: (_root, { input: { id, value, expectedVersion, idempotencyKey } }, context) =>
      answer(async () => {
        const key = requireTenantNodeId(context.viewer.principal, 'Secret', id);
        const secret = await rotateSecret(context, {
          ...key,
          value,
          expectedVersion: expectedVersion ?? null,
          idempotencyKey,
        });
        return { kind: 'RotateSecretSuccess' as const, secret };
      }),
  }),
);

const RollbackSecretInput = builder.inputType('RollbackSecretInput', {
  description: 'Which version of a secret shall count again.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Of the secret.' }),
    toVersion: t.int({ required: true, description: 'An earlier version.' }),
    expectedVersion: t.int({ description: EXPECTED_VERSION }),
    idempotencyKey: t.string({ description: IDEMPOTENCY_KEY }),
  }),
});

builder.mutationField('rollbackSecret', (t) =>
  t.field({
    type: resultUnion('RollbackSecretResult', changedSecret('RollbackSecretSuccess')),
    description: example(
      'Makes the value of an earlier version current again, as a version of its own.',
      `mutation {
        rollbackSecret(input: { id: "<secret>", toVersion: 1 }) {
          __typename
          ... on RollbackSecretSuccess { secret { currentVersion } }
        }
      }`,
    ),
    args: { input: t.arg({ type: RollbackSecretInput, required: true, description: 'The secret and the version.' }) },
    resolve: (_root, { input: { id, toVersion, expectedVersion, idempotencyKey } }, context) =>
      answer(async () => {
        const key = requireTenantNodeId(context.viewer.principal, 'Secret', id);
        const secret = await rollbackSecret(context, {
          ...key,
          toVersion,
          expectedVersion: expectedVersion ?? null,
          idempotencyKey,
        });
        return { kind: 'RollbackSecretSuccess' as const, secret };
      }),
  }),
);

const UpdateSecretDescriptionInput = builder.inputType('UpdateSecretDescriptionInput', {
  description: 'Another description for a secret.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Of the secret.' }),
    description: t.string({ required: true, description: 'At most 1,000 characters.' }),
  }),
});

builder.mutationField('updateSecretDescription', (t) =>
  t.field({
    type: resultUnion('UpdateSecretDescriptionResult', changedSecret('UpdateSecretDescriptionSuccess')),
    description: example(
      'Says anew what a secret is for.',
      `mutation {
        updateSecretDescription(input: { id: "<secret>", description: "Of the account shop@example.com" }) { __typename }
      }`,
    ),
    args: {
      input: t.arg({ type: UpdateSecretDescriptionInput, required: true, description: 'The secret and the text.' }),
    },
    resolve: (_root, { input: { id, description } }, context) =>
      answer(async () => {
        const key = requireTenantNodeId(context.viewer.principal, 'Secret', id);
        const secret = await updateSecretDescription(context, { ...key, description });
        return { kind: 'UpdateSecretDescriptionSuccess' as const, secret };
      }),
  }),
);

const DeleteSecretInput = builder.inputType('DeleteSecretInput', {
  description: 'Which secret to take away.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Of the secret.' }),
    force: t.boolean({ description: 'Also while pipelines name it: their attempts fail then. False when left out.' }),
  }),
});

const DeleteSecretSuccess = builder
  .objectRef<{ readonly kind: 'DeleteSecretSuccess'; readonly deletedId: string }>('DeleteSecretSuccess')
  .implement({
    description: 'The secret is gone, with all its versions.',
    fields: (t) => ({ deletedId: t.exposeID('deletedId', { description: 'Its id.' }) }),
  });

builder.mutationField('deleteSecret', (t) =>
  t.field({
    type: resultUnion('DeleteSecretResult', DeleteSecretSuccess),
    description: example(
      'Takes a secret away for good; refused with `Conflict` while pipelines name it.',
      'mutation { deleteSecret(input: { id: "<secret>" }) { __typename } }',
    ),
    args: { input: t.arg({ type: DeleteSecretInput, required: true, description: 'The secret.' }) },
    resolve: (_root, { input: { id, force } }, context) =>
      answer(async () => {
        const key = requireTenantNodeId(context.viewer.principal, 'Secret', id);
        await deleteSecret(context, { ...key, isForced: force ?? false });
        return { kind: 'DeleteSecretSuccess' as const, deletedId: id };
      }),
  }),
);

const TestSecretInput = builder.inputType('TestSecretInput', {
  description: 'What to compare with the current value of a secret.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Of the secret.' }),
    value: t.string({ description: 'What it should be; left out, only the fingerprint is asked for.' }),
  }),
});

const TestSecretSuccess = builder
  .objectRef<SecretTest & { readonly kind: 'TestSecretSuccess' }>('TestSecretSuccess')
  .implement({
    description: 'What may be said of a value without showing it.',
    fields: (t) => ({
      version: t.exposeInt('version', { description: 'The version that was looked at.' }),
      isEqual: t.exposeBoolean('isEqual', {
        nullable: true,
        description: 'Whether the given value is the stored one; null when none was given.',
      }),
      fingerprint: t.exposeString('fingerprint', {
        description:
          "The same for the same value of this secret, so that two people can tell whether they see the same; it changes when the platform's key does.",
      }),
    }),
  });

builder.mutationField('testSecret', (t) =>
  t.field({
    type: resultUnion('TestSecretResult', TestSecretSuccess),
    description: example(
      'Says whether a secret has the given value, without showing it. At most ten times a minute for each secret; each is in the audit log.',
      `mutation {
        testSecret(input: { id: "<secret>", value: "is it this?" }) {
          __typename
          ... on TestSecretSuccess { isEqual fingerprint version }
        }
      }`,
    ),
    args: { input: t.arg({ type: TestSecretInput, required: true, description: 'The secret and the guess.' }) },
    resolve: (_root, { input: { id, value } }, context) =>
      answer(async () => {
        const key = requireTenantNodeId(context.viewer.principal, 'Secret', id);
        return { kind: 'TestSecretSuccess' as const, ...(await testSecret(context, { ...key, value: value ?? null })) };
      }),
  }),
);
