import { type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import type { RecordedError } from './events.ts';

const MAX_NAME_CHARS = 200;
const MAX_MESSAGE_CHARS = 2_000;
const MAX_DETAILS_CHARS = 16_384;
const SECRET_KEY = /token|password|passwd|secret|api[-_]?key|authorization|cookie/i;
// Each of these looks at a text in linear time: an error's message may be long, and its author hostile.
const BEARER = /\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi;
const ASSIGNMENT =
  /((?<![a-z0-9])(?:token|password|passwd|secret|api[-_]?key|authorization)["']?\s*[:=]\s*["']?)[^\s"',;&}]{4,}/gi;
const URL_USERINFO = /(:\/\/)[^\s/@:]+:[^\s/@]+@/g;

/** Makes any thrown value safe to record and show: bounded, without stack or cause, credentials masked. Never throws. */
export const toRecordedError = (thrown: unknown): RecordedError => {
  try {
    if (thrown instanceof PlatformError) return fromPlatformError(thrown);
    if (thrown instanceof Error) return fromError(thrown);
    return fromText(typeof thrown === 'string' ? thrown : NO_ERROR);
  } catch {
    return fromText(NO_ERROR);
  }
};

const NO_ERROR = 'A step threw a value that is no error.';

const fromText = (text: string): RecordedError => ({
  name: 'Error',
  code: 'IA_TASK_FAILED',
  message: maskCredentials(text),
  retryable: true,
});

/** Authors' own classes hold anything as their name and message. */
const fromError = (error: Error): RecordedError => {
  const { name, message }: { readonly name: unknown; readonly message: unknown } = error;
  return {
    name: typeof name === 'string' && name !== '' ? name.slice(0, MAX_NAME_CHARS) : 'Error',
    code: 'IA_TASK_FAILED',
    message: maskCredentials(typeof message === 'string' ? message : (JSON.stringify(message) ?? '')),
    retryable: !('retryable' in error && error.retryable === false),
  };
};

const fromPlatformError = (error: PlatformError): RecordedError => {
  const details = toJsonObject(error.details);
  return {
    name: error.disposition === 'timeout' ? 'TimeoutError' : error.name,
    code: error.code,
    message: maskCredentials(error.message),
    ...(error.hint === undefined ? {} : { hint: maskCredentials(error.hint) }),
    retryable: error.disposition === 'retry' || error.disposition === 'timeout',
    ...(details === undefined ? {} : { details }),
  };
};

const toJsonObject = (details: Readonly<Record<string, unknown>> | undefined): JsonObject | undefined => {
  if (details === undefined) return undefined;
  try {
    const text = JSON.stringify(details);
    return text.length > MAX_DETAILS_CHARS ? undefined : (JSON.parse(text, maskValue) as JsonObject);
  } catch {
    return undefined;
  }
};

const maskValue = (key: string, value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  return SECRET_KEY.test(key) ? '***' : maskCredentials(value);
};

const maskCredentials = (text: string): string => {
  const masked = text.replace(URL_USERINFO, '$1***@').replace(BEARER, '$1 ***').replace(ASSIGNMENT, '$1***');
  return masked.length > MAX_MESSAGE_CHARS ? `${masked.slice(0, MAX_MESSAGE_CHARS)}…` : masked;
};
