import { z } from 'zod';
import type { Json } from './json.ts';

/** The version that both sides of the sandbox must speak. See docs/protocol/plugin.md. */
export const PROTOCOL_VERSION = 1;

export const PROTOCOL_LIMITS = {
  frameBytes: 8_388_608,
  frameDepth: 64,
  /** Commas and opening brackets outside strings, counted before a frame is parsed. */
  frameElements: 500_000,
  logLineChars: 4_096,
  logLinesPerCall: 1_000,
  framesPerCall: 20_000,
  fetchesPerCall: 1_000,
  concurrentFetches: 16,
  waitingFetchBytes: 33_554_432,
  steps: 1_000,
} as const;

/** Every way to break the protocol, by the number that errors and docs/protocol/plugin.md carry. Each ends the process. */
export const VIOLATIONS = {
  1: 'a frame is too long',
  2: 'a frame is nested too deep',
  3: 'a frame has too many elements',
  4: 'a frame is no JSON in UTF-8',
  5: 'a frame is of no known shape',
  6: 'a frame came out of turn',
  7: 'a frame names a call that is not running',
  8: 'a fetch id was used before, or too many requests were made or wait',
  9: 'too many frames in one call',
  10: 'a key of the output is reserved',
} as const;
export type ViolationNumber = keyof typeof VIOLATIONS;

const id = z.int().min(1);
/** A frame is JSON already when its shape is checked. */
const json = z.custom<Json>((value) => value !== undefined);
const headers = z.array(z.tuple([z.string().max(256), z.string().max(16_384)])).max(200);
const fetchError = z.strictObject({
  name: z.string().max(100),
  code: z.string().max(64),
  message: z.string().max(2_000),
  retryable: z.boolean(),
});

/** What the guest may say. Anything else is a violation. */
export const guestFrameSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('ready'),
    protocol: z.literal(PROTOCOL_VERSION),
    steps: z.array(z.string().max(64)).max(PROTOCOL_LIMITS.steps),
  }),
  z.strictObject({ type: z.literal('result'), id, output: json }),
  z.strictObject({
    type: z.literal('error'),
    id,
    error: z.strictObject({
      name: z.string().max(100),
      message: z.string().max(2_000),
      code: z.string().max(64).optional(),
      hint: z.string().max(2_000).optional(),
      retryable: z.boolean(),
    }),
  }),
  z.strictObject({
    type: z.literal('fetch'),
    id,
    fetchId: id,
    request: z.strictObject({
      url: z.string().max(16_384),
      method: z.string().max(20),
      headers,
      redirect: z.enum(['follow', 'error', 'manual']),
      /** Base64; null when the request has no body. */
      body: z.string().nullable(),
    }),
  }),
  z.strictObject({
    type: z.literal('log'),
    id,
    level: z.enum(['debug', 'info', 'warn', 'error']),
    message: z.string().max(PROTOCOL_LIMITS.logLineChars),
  }),
  z.strictObject({
    type: z.literal('progress'),
    id,
    fraction: z.number().min(0).max(1),
    message: z.string().max(500).optional(),
  }),
  z.strictObject({ type: z.literal('cost'), id, usd: z.number().min(0).max(1_000_000) }),
]);
export type GuestFrame = z.infer<typeof guestFrameSchema>;

/** What the host says. */
export const hostFrameSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('call'),
    id,
    step: z.string(),
    input: json,
    secrets: z.record(z.string(), z.string()),
    idempotencyKey: z.string(),
  }),
  z.strictObject({ type: z.literal('cancel'), id }),
  z.strictObject({
    type: z.literal('fetch_result'),
    id,
    fetchId: id,
    response: z
      .strictObject({
        url: z.string(),
        status: z.int(),
        statusText: z.string(),
        redirected: z.boolean(),
        headers,
        body: z.string(),
      })
      .optional(),
    error: fetchError.optional(),
  }),
]);
export type HostFrame = z.infer<typeof hostFrameSchema>;
export type FetchRequest = Extract<GuestFrame, { type: 'fetch' }>['request'];
export type FetchResult = Omit<Extract<HostFrame, { type: 'fetch_result' }>, 'type' | 'id' | 'fetchId'>;
