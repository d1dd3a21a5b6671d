import { defineStep, type Json, networkError, PluginError, type PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { maybeDone } from './maybe-done.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
const MAX_BODY_IN_ERROR_CHARS = 500;

const httpStatus = z.int().min(100).max(599);

export const httpRequestInput = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  method: z.enum(METHODS).default('GET'),
  headers: z.record(z.string(), z.string()).default({}),
  /** Appended to the URL. */
  query: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  /** A text is sent as it is, anything else as JSON. */
  body: z.custom<Json>().optional(),
  timeout_ms: z.int().min(1).max(600_000).default(30_000),
  /** Statuses that count as success. Left out, 200 to 299. */
  expect_status: z.union([httpStatus, z.array(httpStatus).min(1)]).optional(),
  follow_redirects: z.boolean().default(true),
  /** `auto` parses what the response calls JSON. */
  response: z.enum(['auto', 'json', 'text']).default('auto'),
});
type HttpRequest = z.infer<typeof httpRequestInput>;

export const httpRequestOutput = z.object({
  status: httpStatus,
  headers: z.record(z.string(), z.string()),
  body: z.custom<Json>(),
});

/**
 * Makes one HTTP request. Unsafe methods carry the task's idempotency key, so that a server which knows the header does
 * the work once however often the step is tried.
 */
export const httpRequest = defineStep({
  name: 'request',
  title: 'HTTP request',
  description: 'Makes one HTTP request and returns its status, headers and body.',
  input: httpRequestInput,
  output: httpRequestOutput,
  run: async (input, ctx) => {
    const response = await send(input, ctx);
    const text = await response.text();
    checkStatus({ input, response, text });
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: readBody(input, response, text),
    };
  },
});

const send = async (input: HttpRequest, ctx: PluginContext): Promise<Response> => {
  const target = targetOf(input);
  const headers = headersOf(input, ctx.idempotencyKey);
  const timeout = AbortSignal.timeout(input.timeout_ms);
  try {
    return await ctx.fetch(target, {
      method: input.method,
      headers,
      redirect: input.follow_redirects ? 'follow' : 'manual',
      signal: AbortSignal.any([ctx.signal, timeout]),
      ...(input.body === undefined
        ? {}
        : { body: typeof input.body === 'string' ? input.body : JSON.stringify(input.body) }),
    });
  } catch (error) {
    if (ctx.signal.aborted) throw ctx.signal.reason;
    const failure = toFailure(input, { error, isLate: timeout.aborted });
    throw SAFE_METHODS.has(input.method) ? failure : maybeDone(failure);
  }
};

const toFailure = (
  input: HttpRequest,
  { error, isLate }: { readonly error: unknown; readonly isLate: boolean },
): PluginError => {
  if (isLate) return networkError(`${hostOf(input)} did not answer within ${input.timeout_ms} ms.`, error);
  if (error instanceof PluginError) return error;
  return networkError(`The request to ${hostOf(input)} failed: ${causeOf(error)}.`, error);
};

const targetOf = (input: HttpRequest): URL => {
  const url = new URL(input.url);
  if (url.username !== '' || url.password !== '') {
    throw refusedInput('The URL holds a user name or a password.', 'Send an authorization header instead.');
  }
  for (const [name, value] of Object.entries(input.query)) url.searchParams.append(name, String(value));
  return url;
};

const headersOf = (input: HttpRequest, idempotencyKey: string): Headers => {
  const headers = new Headers();
  for (const [name, value] of Object.entries(input.headers)) appendHeader(headers, name, value);
  if (!SAFE_METHODS.has(input.method) && !headers.has('idempotency-key'))
    headers.set('idempotency-key', idempotencyKey);
  if (input.body !== undefined && typeof input.body !== 'string' && !headers.has('content-type')) {
    headers.set('content-type', 'application/json');
  }
  return headers;
};

/** The error that `Headers` throws quotes the value, which may be a secret. */
const appendHeader = (headers: Headers, name: string, value: string): void => {
  try {
    headers.append(name, value);
  } catch {
    const message = `The header ${JSON.stringify(name)} has a name or a value that HTTP does not allow.`;
    throw refusedInput(message, 'Headers have no line breaks and no characters beyond Latin-1.');
  }
};

const refusedInput = (message: string, hint: string): PluginError =>
  new PluginError({ name: 'ValidationError', code: 'IA_PLUGIN_INPUT', message, hint });

type Answer = { readonly input: HttpRequest; readonly response: Response; readonly text: string };

const checkStatus = ({ input, response, text }: Answer): void => {
  const { status } = response;
  const expected = input.expect_status === undefined ? null : [input.expect_status].flat();
  const isRedirect = !input.follow_redirects && status >= 300 && status < 400;
  if (expected === null ? response.ok || isRedirect : expected.includes(status)) return;
  throw new PluginError({
    name: 'HttpStatusError',
    message: `${input.method} ${hostOf(input)} answered ${status} ${response.statusText}`.trimEnd(),
    retryable: RETRYABLE_STATUSES.has(status),
    details: { status, body: text.slice(0, MAX_BODY_IN_ERROR_CHARS) },
  });
};

const readBody = (input: HttpRequest, response: Response, text: string): Json => {
  const isJson = /^[^;]*[/+]json\b/i.test(response.headers.get('content-type') ?? '');
  if (input.response === 'text' || (input.response === 'auto' && !isJson)) return text;
  if (text === '') return null;
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new PluginError({
      name: 'HttpBodyError',
      message: `${hostOf(input)} announced JSON and sent something else.`,
      hint: 'Set "response": "text" to take the body as it is.',
      cause: error,
    });
  }
};

/** Without path and query, which may hold credentials. */
const hostOf = (input: HttpRequest): string => new URL(input.url).host;

const causeOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return 'unknown reason';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
};
