import { z } from 'zod';
import { CONTRIBUTION_KINDS } from './contribution.ts';
import type { Json } from './json.ts';

/** The version that both sides of the sandbox must speak. See docs/protocol/plugin.md. */
export const PROTOCOL_VERSION = 2;

export const PROTOCOL_LIMITS = {
  frameBytes: 8_388_608,
  frameDepth: 64,
  /** Commas and opening brackets outside strings, counted before a frame is parsed. */
  frameElements: 100_000,
  /** Different keys of the objects in a frame, counted from the thousandth on. */
  frameKeys: 10_000,
  logLineChars: 4_096,
  logLinesPerCall: 1_000,
  spansPerCall: 1_000,
  metricsPerCall: 1_000,
  metricNamesPerProcess: 100,
  labels: 10,
  labelChars: 200,
  framesPerCall: 20_000,
  requestsPerCall: 1_000,
  concurrentRequests: 16,
  waitingRequestBytes: 33_554_432,
  /** Of one piece of a body or blob, before Base64. */
  chunkBytes: 262_144,
  /** Pieces of one body that a guest may ask for before the first of them comes. */
  pullsAhead: 4,
  blobBytes: 67_108_864,
  contributions: 1_000,
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
  8: 'a request id was used before, or too many requests were made or wait',
  9: 'too many frames in one call',
  10: 'a key of a value is reserved',
  11: 'a frame names a request that was never made, or asks for too much of it',
  12: 'the pieces of a blob are not what was announced',
} as const;
export type ViolationNumber = keyof typeof VIOLATIONS;

const id = z.int().min(1);
/** A frame is JSON already when its shape is checked. */
const json = z.custom<Json>((value) => value !== undefined);
const headers = z.array(z.tuple([z.string().max(256), z.string().max(16_384)])).max(200);
const label = z.union([z.string().max(PROTOCOL_LIMITS.labelChars), z.number(), z.boolean()]);
const labels = z
  .record(z.string().min(1).max(64), label)
  .refine((values) => Object.keys(values).length <= PROTOCOL_LIMITS.labels);
/** Base64 of one piece. */
const data = z.string().max(Math.ceil(PROTOCOL_LIMITS.chunkBytes / 3) * 4);
const contentType = z.string().max(200);
const time = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const blobReference = z.strictObject({ blob: z.string().max(1_000), sizeBytes: z.int().min(0), contentType });

/** What the guest tells of an error that the plugin threw. */
const thrown = z.strictObject({
  name: z.string().max(100),
  message: z.string().max(2_000),
  code: z.string().max(64).optional(),
  hint: z.string().max(2_000).optional(),
  retryable: z.boolean(),
  /** Nobody knows whether what the call set out to do was done. */
  outcome: z.literal('unknown').optional(),
});

const requestFrames = [
  z.strictObject({
    type: z.literal('fetch'),
    id,
    requestId: id,
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
    type: z.literal('blob_put'),
    id,
    requestId: id,
    contentType,
    sizeBytes: z.int().min(0).max(PROTOCOL_LIMITS.blobBytes),
  }),
  z.strictObject({ type: z.literal('blob_chunk'), id, requestId: id, data }),
  z.strictObject({ type: z.literal('blob_get'), id, requestId: id, reference: blobReference }),
  z.strictObject({ type: z.literal('plugin_call'), id, requestId: id, uses: z.string().max(300), input: json }),
  z.strictObject({ type: z.literal('pull'), id, requestId: id }),
  z.strictObject({ type: z.literal('drop'), id, requestId: id }),
] as const;

const reportFrames = [
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
  z.strictObject({
    type: z.literal('span'),
    id,
    spanId: id,
    parentId: id.nullable(),
    name: z.string().max(200),
    startedAt: time,
    durationMs: time,
    attributes: labels,
    error: z.string().max(100).nullable(),
  }),
  z.strictObject({
    type: z.literal('metric'),
    id,
    kind: z.enum(['counter', 'histogram']),
    name: z.string().regex(/^[a-z][a-z0-9_.]{0,63}$/),
    value: z.number(),
    labels,
  }),
] as const;

/** What the guest may say. Anything else is a violation. */
export const guestFrameSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('ready'),
    protocol: z.literal(PROTOCOL_VERSION),
    contributions: z
      .array(z.strictObject({ kind: z.enum(CONTRIBUTION_KINDS), name: z.string().max(64) }))
      .max(PROTOCOL_LIMITS.contributions),
  }),
  z.strictObject({ type: z.literal('result'), id, output: json }),
  /** `isFinal`: the plugin could not be made ready, so that this process is of no further use. */
  z.strictObject({ type: z.literal('error'), id, error: thrown, isFinal: z.boolean().optional() }),
  ...requestFrames,
  ...reportFrames,
]);
export type GuestFrame = z.infer<typeof guestFrameSchema>;

const jsonSchema = z.record(z.string(), z.unknown());
/** What a guest answers to `describe`. */
export const describedSchema = z
  .array(
    z.strictObject({
      kind: z.enum(CONTRIBUTION_KINDS),
      name: z.string().max(64),
      title: z.string().max(100),
      description: z.string().max(2_000),
      icon: z.string().max(200).exactOptional(),
      input: jsonSchema.exactOptional(),
      output: jsonSchema.exactOptional(),
      config: jsonSchema.exactOptional(),
    }),
  )
  .max(PROTOCOL_LIMITS.contributions);

const requestError = z.strictObject({
  name: z.string(),
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  retryable: z.boolean(),
});
const given = { id, secrets: z.record(z.string(), z.string()) };

/** What the host says. */
export const hostFrameSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('call'),
    ...given,
    kind: z.enum(CONTRIBUTION_KINDS),
    name: z.string(),
    input: json,
    idempotencyKey: z.string(),
    task: z.strictObject({ runId: z.string(), stepId: z.string(), attempt: z.int() }),
    /** For tests: when the call begins by its `ctx.clock`, on which time then passes only as the plugin sleeps. */
    clock: z.strictObject({ nowMs: z.number() }).exactOptional(),
  }),
  z.strictObject({ type: z.literal('health'), ...given }),
  z.strictObject({ type: z.literal('describe'), id }),
  z.strictObject({ type: z.literal('cancel'), id, reason: z.enum(['canceled', 'timeout']) }),
  z.strictObject({
    type: z.literal('answer'),
    id,
    requestId: id,
    value: json.optional(),
    error: requestError.optional(),
  }),
  z.strictObject({
    type: z.literal('chunk'),
    id,
    requestId: id,
    /** Base64. */
    data: z.string(),
    isLast: z.boolean(),
    error: requestError.optional(),
  }),
  z.strictObject({ type: z.literal('shutdown') }),
]);
export type HostFrame = z.infer<typeof hostFrameSchema>;
export type FetchRequest = Extract<GuestFrame, { type: 'fetch' }>['request'];
/** The answer to a fetch; the body follows piece by piece. */
export type FetchHead = {
  readonly url: string;
  readonly status: number;
  readonly statusText: string;
  readonly redirected: boolean;
  readonly headers: readonly (readonly [string, string])[];
  readonly hasBody: boolean;
};
export type RequestError = z.infer<typeof requestError>;
/** A frame by which the guest asks for something that is answered. */
export type RequestFrame = z.infer<(typeof requestFrames)[number]>;
export type ReportFrame = z.infer<(typeof reportFrames)[number]>;
