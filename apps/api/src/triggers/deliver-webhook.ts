import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { withTenantClient } from '@ia-modules/database';
import type { Diagnostic, Json, JsonObject } from '@ia-modules/engine';
import type { PlatformError } from '@ia-modules/plugin-sdk';
import { findStartableNow, insertRun } from '@ia-modules/runtime-postgres';
import { webhookOwner } from '@ia-modules/secrets';
import type { PoolClient } from 'pg';
import { v7 as uuid } from 'uuid';
import type { ApiServices } from '../context.ts';
import { quotaErrorOf } from '../database-errors/quota-error.ts';
import { parametersOfBody, parseWebhookBody } from './webhook-body.ts';
import { createWebhookSecret, isSignedWith, readSignedHeaders, type SignedHeaders } from './webhook-signature.ts';

export type WebhookRequest = {
  readonly webhookId: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly now: Date;
};

export type DeliveryOutcome =
  | { readonly kind: 'started' | 'repeated'; readonly tenantId: string; readonly runId: string }
  /** One answer for whoever does not know the secret, so that nobody learns which webhooks there are. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'archived' }
  | { readonly kind: 'busy' }
  /** The tenant has it switched off. */
  | { readonly kind: 'off' }
  /** A plugin of the pipeline is blocked, or kept out of the tenant. */
  | { readonly kind: 'blocked'; readonly error: PlatformError }
  | { readonly kind: 'used_up'; readonly message: string; readonly retryAfterSeconds: number }
  | { readonly kind: 'unfit'; readonly diagnostics: readonly Diagnostic[] };

/** What runs may know about how they were called; the rest could hold credentials. */
const KEPT_HEADERS = [
  'content-type',
  'user-agent',
  'x-request-id',
  'x-ia-delivery',
  'x-event-type',
  'x-github-delivery',
  'x-github-event',
  'x-gitlab-event',
  'ce-id',
  'ce-source',
  'ce-specversion',
  'ce-subject',
  'ce-time',
  'ce-type',
] as const;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const FIND = `select tenant_id as "tenantId", pipeline_id as "pipelineId", secret, key_id as "keyId",
    is_enabled as "isEnabled"
  from find_webhook($1)`;
/** Of deliveries to one webhook at the same moment, each waits here for the one before. */
const RECEIVE = `update webhooks set last_received_at = $3 where tenant_id = $1 and id = $2 and is_enabled
    and exists (select from tenants t where t.id = $1 and t.deleted_at is null)
  returning name, priority`;
const FIND_DELIVERY =
  'select run_id as "runId" from webhook_deliveries where webhook_id = $1 and delivery = any($2) limit 1';
const FIND_RUN = 'select id as "runId" from runs where tenant_id = $1 and created_by = $2 and idempotency_key = $3';
const KEEP_DELIVERY = `insert into webhook_deliveries (tenant_id, webhook_id, delivery, run_id, received_at)
  select $1, $2, delivery, $4, $5 from unnest($3::text[]) as delivery`;

type FoundWebhook = {
  readonly tenantId: string;
  readonly pipelineId: string;
  readonly secret: Uint8Array;
  readonly keyId: string;
  readonly isEnabled: boolean;
};

type Delivery = WebhookRequest & {
  readonly webhook: FoundWebhook;
  readonly keys: readonly [string, ...string[]];
};

export type WebhookReceiver = (request: WebhookRequest) => Promise<DeliveryOutcome>;

/** A signature with a time can't be used twice; a name of the delivery tells the repetition that was signed anew. */
const deliveryKeys = ({ timestamp, signature, delivery }: SignedHeaders): readonly [string, ...string[]] => {
  const named = delivery === null ? [] : [`id:${delivery}`];
  const signed = timestamp === null ? [] : [`signature:${signature}`];
  return [...named, ...signed] as unknown as readonly [string, ...string[]];
};

const keptHeaders = (headers: IncomingHttpHeaders): JsonObject => {
  const kept = KEPT_HEADERS.map((name) => [name, headers[name]] as const);
  return Object.fromEntries(kept.filter(([, value]) => typeof value === 'string')) as JsonObject;
};

/** Makes what receives webhooks: it checks who calls before it looks at anything else. */
export const createWebhookReceiver = (
  services: Pick<ApiServices, 'database' | 'sealer' | 'flags' | 'logger'>,
): WebhookReceiver => {
  const { database, sealer, flags, logger } = services;
  const decoyId = randomUUID();
  const decoy = sealer.seal(createWebhookSecret(), decoyId);

  const find = async (webhookId: string): Promise<FoundWebhook | null> => {
    if (!UUID.test(webhookId)) return null;
    return (await database.pool.query<FoundWebhook>(FIND, [webhookId])).rows[0] ?? null;
  };

  /** What nobody knows takes as long to check as what somebody does. */
  const secretOf = (webhookId: string, webhook: FoundWebhook | null): string => {
    if (webhook === null) return sealer.open(decoy, decoyId);
    try {
      return sealer.open({ keyId: webhook.keyId, sealed: webhook.secret }, webhookOwner(webhookId));
    } catch (error) {
      logger.error({ err: error, webhookId }, 'the secret of a webhook can not be opened');
      return createWebhookSecret();
    }
  };

  return async (request) => {
    const { webhookId, headers, body, now } = request;
    const signed = readSignedHeaders(headers);
    if (signed === null) return { kind: 'refused' };
    const webhook = await find(webhookId);
    const isSigned = isSignedWith(secretOf(webhookId, webhook), { signed, body, now: now.getTime() });
    if (webhook === null || !isSigned || !webhook.isEnabled) return { kind: 'refused' };
    if (!(await flags.isEnabled(webhook.tenantId, 'INCOMING_WEBHOOKS'))) return { kind: 'off' };
    const content = parseWebhookBody(body, headers['content-type']);
    const delivery = { ...request, webhook, keys: deliveryKeys(signed) };
    return withTenantClient(database.pool, webhook.tenantId, (client) => startOnce(client, delivery, content)).catch(
      refuseOverQuota,
    );
  };
};

/** Where room comes only when somebody removes something, nobody knows when: a call may come again in an hour. */
const UNKNOWN_WAIT_SECONDS = 3_600;

const refuseOverQuota = (error: unknown): DeliveryOutcome => {
  const refusal = quotaErrorOf(error);
  if (refusal?.code.startsWith('IA_PLUGIN_') === true) return { kind: 'blocked', error: refusal };
  if (refusal?.code !== 'IA_API_QUOTA') throw refusal ?? error;
  const resetsAt = Date.parse(String(refusal.details?.['resetsAt']));
  const waitSeconds = Math.max(1, Math.ceil((resetsAt - Date.now()) / 1_000));
  const retryAfterSeconds = Number.isNaN(resetsAt) ? UNKNOWN_WAIT_SECONDS : waitSeconds;
  return { kind: 'used_up', message: refusal.message, retryAfterSeconds };
};

const startOnce = async (client: PoolClient, delivery: Delivery, body: Json): Promise<DeliveryOutcome> => {
  const { webhookId, webhook, keys, now } = delivery;
  const { tenantId, pipelineId } = webhook;
  const received = await client.query<{ name: string; priority: number }>(RECEIVE, [tenantId, webhookId, now]);
  if (received.rows[0] === undefined) return { kind: 'refused' };
  const { name, priority } = received.rows[0];
  const known = await client.query<{ runId: string }>(FIND_DELIVERY, [webhookId, keys]);
  if (known.rows[0] !== undefined) return { kind: 'repeated', tenantId, runId: known.rows[0].runId };
  const found = await findStartableNow(client, { tenantId, pipelineId, parameters: parametersOfBody(body) });
  if (found.kind === 'unfit' || found.kind === 'busy') return found;
  if (found.kind !== 'startable') return { kind: 'archived' };
  const runId = uuid();
  const [createdBy, idempotencyKey] = [`webhook:${webhookId}`, `delivery:${keys[0]}`];
  const isNew = await insertRun(client, {
    runId,
    tenantId,
    pipelineId,
    pipelineVersionId: found.pipelineVersionId,
    parameters: found.parameters,
    trigger: { type: 'webhook', webhook: webhookId, name, headers: keptHeaders(delivery.headers), body },
    createdBy,
    idempotencyKey,
    priority,
  });
  // The delivery was forgotten since; its run was not.
  const earlier = isNew ? null : await client.query<{ runId: string }>(FIND_RUN, [tenantId, createdBy, idempotencyKey]);
  const startedRunId = earlier?.rows[0]?.runId ?? runId;
  await client.query(KEEP_DELIVERY, [tenantId, webhookId, keys, startedRunId, now]);
  return { kind: isNew ? 'started' : 'repeated', tenantId, runId: startedRunId };
};
