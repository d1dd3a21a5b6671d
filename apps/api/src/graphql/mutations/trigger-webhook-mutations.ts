import { requireTenantNodeId } from '../../access.ts';
import { deleteTrigger } from '../../triggers/change-trigger.ts';
import type { WebhookRow } from '../../triggers/trigger-rows.ts';
import {
  createWebhook,
  type IssuedWebhook,
  rotateWebhookSecret,
  updateWebhook,
  WEBHOOK_KIND,
} from '../../triggers/webhook-changes.ts';
import { IDEMPOTENCY_KEY } from '../../idempotency.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { answer, resultUnion } from '../result.ts';
import { WebhookRef } from '../types/trigger-refs.ts';
import { given } from './trigger-input.ts';
import { deletion } from './trigger-success.ts';

const issuedWebhook = <Kind extends 'CreateWebhookSuccess' | 'RotateWebhookSecretSuccess'>(kind: Kind) =>
  builder.objectRef<IssuedWebhook & { readonly kind: Kind }>(kind).implement({
    fields: (t) => ({
      webhook: t.field({
        type: WebhookRef,
        description: 'The webhook, as it is now.',
        resolve: ({ webhook }) => webhook,
      }),
      secret: t.string({
        description: 'What calls are signed with; shown this once.',
        resolve: ({ secret }) => secret,
      }),
    }),
  });

const CreateWebhookInput = builder.inputType('CreateWebhookInput', {
  fields: (t) => ({
    pipelineId: t.id({ required: true }),
    name: t.string({ required: true }),
    priority: t.int({ description: '0 when left out.' }),
    isEnabled: t.boolean({ description: 'True when left out.' }),
    idempotencyKey: t.string({ description: IDEMPOTENCY_KEY }),
  }),
});

builder.mutationField('createWebhook', (t) =>
  t.field({
    type: resultUnion('CreateWebhookResult', issuedWebhook('CreateWebhookSuccess')),
    description: example(
      'Makes an address that starts a pipeline when a signed request comes. The secret is shown this once.',
      `
mutation {
  createWebhook(input: {pipelineId: "<pipeline>", name: "orders"}) {
    __typename
    ... on CreateWebhookSuccess { secret webhook { id url } }
  }
}`,
    ),
    args: { input: t.arg({ type: CreateWebhookInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const pipeline = requireTenantNodeId(context.viewer.principal, 'Pipeline', input.pipelineId);
        const { name, priority, isEnabled } = input;
        const settings = { name, priority: priority ?? 0, isEnabled: isEnabled ?? true };
        return { kind: 'CreateWebhookSuccess' as const, ...(await createWebhook(context, pipeline, settings, input)) };
      }),
  }),
);

const UpdateWebhookInput = builder.inputType('UpdateWebhookInput', {
  description: 'What is left out stays as it is.',
  fields: (t) => ({
    id: t.id({ required: true }),
    name: t.string(),
    priority: t.int({ description: 'Of its runs, from -100 to 100.' }),
    isEnabled: t.boolean({ description: 'Whether it starts anything.' }),
  }),
});

const UpdateWebhookSuccess = builder
  .objectRef<{ readonly kind: 'UpdateWebhookSuccess'; readonly webhook: WebhookRow }>('UpdateWebhookSuccess')
  .implement({
    fields: (t) => ({
      webhook: t.field({
        description: 'The webhook, as it is now.',
        type: WebhookRef,
        resolve: ({ webhook }) => webhook,
      }),
    }),
  });

builder.mutationField('updateWebhook', (t) =>
  t.field({
    type: resultUnion('UpdateWebhookResult', UpdateWebhookSuccess),
    description: example(
      'Changes, enables or disables a webhook.',
      'mutation { updateWebhook(input: {id: "<webhook>", priority: 10}) { __typename } }',
    ),
    args: { input: t.arg({ type: UpdateWebhookInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const { id, ...changes } = input;
        const key = requireTenantNodeId(context.viewer.principal, 'Webhook', id);
        return { kind: 'UpdateWebhookSuccess' as const, webhook: await updateWebhook(context, key, given(changes)) };
      }),
  }),
);

const RotateWebhookSecretInput = builder.inputType('RotateWebhookSecretInput', {
  fields: (t) => ({ id: t.id({ required: true }) }),
});

builder.mutationField('rotateWebhookSecret', (t) =>
  t.field({
    type: resultUnion('RotateWebhookSecretResult', issuedWebhook('RotateWebhookSecretSuccess')),
    description: example(
      'Gives a webhook another secret; calls that are signed with the one before are refused from now on.',
      'mutation { rotateWebhookSecret(input: {id: "<webhook>"}) { __typename ... on RotateWebhookSecretSuccess { secret } } }',
    ),
    args: { input: t.arg({ type: RotateWebhookSecretInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const key = requireTenantNodeId(context.viewer.principal, 'Webhook', input.id);
        return { kind: 'RotateWebhookSecretSuccess' as const, ...(await rotateWebhookSecret(context, key)) };
      }),
  }),
);

const DeleteWebhookInput = builder.inputType('DeleteWebhookInput', {
  fields: (t) => ({ id: t.id({ required: true }) }),
});

builder.mutationField('deleteWebhook', (t) =>
  t.field({
    type: resultUnion('DeleteWebhookResult', deletion('DeleteWebhookSuccess')),
    description: example(
      'Takes a webhook away: calls of its address are refused. The runs that it started stay.',
      'mutation { deleteWebhook(input: {id: "<webhook>"}) { __typename } }',
    ),
    args: { input: t.arg({ type: DeleteWebhookInput, required: true }) },
    resolve: (_root, { input: { id } }, context) =>
      answer(async () => {
        await deleteTrigger(context, WEBHOOK_KIND, requireTenantNodeId(context.viewer.principal, 'Webhook', id));
        return { kind: 'DeleteWebhookSuccess' as const, deletedId: id };
      }),
  }),
);
