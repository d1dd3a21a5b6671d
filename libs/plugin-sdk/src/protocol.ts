import { z } from 'zod';

/** The version that both sides of the sandbox must speak. See docs/protocol/plugin.md. */
export const PROTOCOL_VERSION = 1;

export const PROTOCOL_LIMITS = {
  frameBytes: 8_388_608,
  frameDepth: 64,
  logLineChars: 4_096,
  logLinesPerCall: 1_000,
  framesPerCall: 20_000,
  fetchesPerCall: 1_000,
  concurrentFetches: 16,
  steps: 1_000,
} as const;

const id = z.int().min(1);
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
  z.strictObject({ type: z.literal('result'), id, output: z.json() }),
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
]);
export type GuestFrame = z.infer<typeof guestFrameSchema>;

/** What the host says. */
export const hostFrameSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('call'),
    id,
    step: z.string(),
    input: z.json(),
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
