import { createHash } from 'node:crypto';
import { exchange, readText, setHeader, statusError, toHeaders, toUrl, withRetries } from '@ia-modules/http-client';
import type { Json, PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { sign } from './sign.ts';

const MAX_ANSWER_BYTES = 65_536;
const DELAY_MS = 500;
/** Hooks have half a minute in all. */
const MAX_DELAY_MS = 20_000;

export const targetFields = {
  url: z.url({ protocol: /^https?$/ }).describe('Where it is sent to.'),
  secret: z
    .string()
    .min(8)
    .optional()
    .describe('Signs what is sent: {{ secrets.NAME }}. One with whsec_ in front is base64 behind it. Default: none.'),
  headers: z.record(z.string(), z.string()).default({}).describe('Further headers.'),
  timeout_ms: z.int().min(1).max(120_000).default(15_000).describe('Of each try.'),
  max_attempts: z
    .int()
    .min(1)
    .max(10)
    .default(3)
    .describe('Tries; all carry the same id, so that a receiver can tell.'),
} as const;
export type Target = Readonly<z.infer<z.ZodObject<typeof targetFields>>>;

export type Delivery = {
  readonly target: Target;
  /** Tells deliveries apart; the same one for every try of the same. */
  readonly key: string;
  readonly body: Json;
};

export type Receipt = { readonly id: string; readonly status: number; readonly text: string };

/**
 * Delivers by the Standard Webhooks specification: with an id, a time stamp and a signature of both and the body.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const deliver = async (ctx: PluginContext, { target, key, body }: Delivery): Promise<Receipt> => {
  const id = `msg_${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
  const text = JSON.stringify(body);
  const policy = { maxAttempts: target.max_attempts, delayMs: DELAY_MS, maxDelayMs: MAX_DELAY_MS };
  const isRetryable = (error: { readonly retryable: boolean }): boolean => error.retryable;
  return await withRetries(ctx, { ...policy, isRetryable }, () => attempt(ctx, { target, id, text }));
};

type Attempt = { readonly target: Target; readonly id: string; readonly text: string };

const attempt = async (ctx: PluginContext, { target, id, text }: Attempt): Promise<Receipt> => {
  const url = toUrl(target.url);
  const method = 'POST';
  const headers = signedHeaders(ctx, { target, id, text });
  const outgoing = { method, url, headers, body: text, redirect: 'manual', timeoutMs: target.timeout_ms } as const;
  return await exchange(ctx, outgoing, async (response) => {
    const body = await readText(response, MAX_ANSWER_BYTES);
    if (response.ok) return { id, status: response.status, text: body };
    throw statusError({ method, url, response, body, now: ctx.clock.now() });
  });
};

/** Every try has a time of its own, or receivers would take a late one for a replay. */
const signedHeaders = (ctx: PluginContext, { target, id, text }: Attempt): Headers => {
  const headers = toHeaders(target.headers);
  const timestamp = new Date(ctx.clock.now());
  headers.set('content-type', 'application/json');
  headers.set('idempotency-key', id);
  headers.set('webhook-id', id);
  headers.set('webhook-timestamp', String(Math.floor(timestamp.getTime() / 1_000)));
  const secret = target.secret ?? ctx.secrets['WEBHOOK_SECRET'];
  if (secret !== undefined) setHeader(headers, 'webhook-signature', sign({ secret, id, timestamp, text }));
  return headers;
};
