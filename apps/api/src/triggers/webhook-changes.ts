import { webhookOwner } from '@ia-modules/secrets';
import { v7 as uuid } from 'uuid';
import { principalId } from '../access.ts';
import type { ApiContext } from '../context.ts';
import { requireNone } from '../findings.ts';
import type { Repeatable } from '../idempotency.ts';
import type { TenantKey } from '../loaders.ts';
import { changeDetails, changeTrigger, readTrigger, type TriggerKind } from './change-trigger.ts';
import { checkPriority, checkStart, checkTriggerName } from './check-trigger.ts';
import { WEBHOOKS, type WebhookRow } from './trigger-rows.ts';
import { createWebhookSecret } from './webhook-signature.ts';

export const WEBHOOK_KIND: TriggerKind<WebhookRow> = {
  noun: 'webhook',
  table: WEBHOOKS,
  delegateOf: (tx) => tx.webhook,
};

export type WebhookSettings = { readonly name: string; readonly priority: number; readonly isEnabled: boolean };

/** A webhook with its secret, which is shown this once. */
export type IssuedWebhook = { readonly webhook: WebhookRow; readonly secret: string };

const check = ({ name, priority }: WebhookSettings): void =>
  requireNone([...checkTriggerName(name), ...checkPriority(priority)]);

export const createWebhook = async (
  context: ApiContext,
  pipeline: TenantKey,
  settings: WebhookSettings,
  { idempotencyKey }: Repeatable = {},
): Promise<IssuedWebhook> => {
  check(settings);
  // What a call brings is checked when it comes; here it matters that the pipeline is there.
  await checkStart(context, pipeline, {});
  const { tenantId, id: pipelineId } = pipeline;
  const key = { tenantId, id: uuid() };
  const secret = createWebhookSecret();
  const { sealed, keyId } = context.services.sealer.seal(secret, webhookOwner(key.id));
  await changeTrigger(context, WEBHOOK_KIND, {
    key,
    once: { key: idempotencyKey ?? null, request: { pipelineId, settings }, isShownOnce: true },
    action: 'create',
    details: { after: { pipelineId, ...settings } },
    apply: (tx, principal) =>
      tx.webhook.create({
        data: { ...key, pipelineId, ...settings, secret: sealed, keyId, createdBy: principalId(principal) },
      }),
  });
  return { webhook: await readTrigger(context, WEBHOOK_KIND, key), secret };
};

export const updateWebhook = async (
  context: ApiContext,
  key: TenantKey,
  changes: Partial<WebhookSettings>,
): Promise<WebhookRow> => {
  const current = await readTrigger(context, WEBHOOK_KIND, key);
  const { name, priority, isEnabled } = current;
  const settings = { name, priority, isEnabled, ...changes };
  check(settings);
  await changeTrigger(context, WEBHOOK_KIND, {
    key,
    action: 'update',
    details: changeDetails(current, changes),
    apply: (tx) => tx.webhook.update({ where: { tenantId_id: key }, data: settings }),
  });
  return readTrigger(context, WEBHOOK_KIND, key);
};

/** The old secret ends at once. */
export const rotateWebhookSecret = async (context: ApiContext, key: TenantKey): Promise<IssuedWebhook> => {
  const { name } = await readTrigger(context, WEBHOOK_KIND, key);
  const secret = createWebhookSecret();
  const { sealed, keyId } = context.services.sealer.seal(secret, webhookOwner(key.id));
  await changeTrigger(context, WEBHOOK_KIND, {
    key,
    action: 'rotate_secret',
    details: { name },
    apply: (tx) => tx.webhook.update({ where: { tenantId_id: key }, data: { secret: sealed, keyId } }),
  });
  return { webhook: await readTrigger(context, WEBHOOK_KIND, key), secret };
};
