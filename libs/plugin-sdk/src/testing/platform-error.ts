import { type ErrorCode, PlatformError } from '../errors.ts';
import { PluginError } from '../plugin-error.ts';
import type { Scrub } from './scrub.ts';

/** What a plugin may call its own error; any other code it claims becomes `IA_PLUGIN_FAILED`. */
const PLUGIN_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'IA_BLOB_MISSING',
  'IA_PLUGIN_BLOB_DENIED',
  'IA_PLUGIN_DEPENDENCY',
  'IA_PLUGIN_FAILED',
  'IA_PLUGIN_INPUT',
  'IA_PLUGIN_LIMIT',
  'IA_PLUGIN_NET_DENIED',
  'IA_PLUGIN_NET_FAILED',
  'IA_PLUGIN_NET_TAPE',
]);
const NAME = /^[A-Za-z_$][\w$.-]{0,99}$/;
const MAX_CHARS = 2_000;

/** Turns what a plugin threw into what the platform makes of it: an error with a code, without secrets, that retries can go by. */
export const toPlatformError = (thrown: unknown, scrub: Scrub): PluginError => {
  const { name, message, code, hint, retryable, outcome, details } = partsOf(thrown);
  const told = outcome ?? (details as { readonly outcome?: unknown } | undefined)?.outcome;
  return new PluginError({
    name: typeof name === 'string' && NAME.test(name) ? name : 'PluginError',
    message: scrub(textOf(message ?? thrown)),
    retryable: retryable !== false,
    code: typeof code === 'string' && PLUGIN_CODES.has(code) ? (code as ErrorCode) : 'IA_PLUGIN_FAILED',
    ...(typeof hint === 'string' ? { hint: scrub(textOf(hint)) } : {}),
    ...(told === 'unknown' ? { details: { outcome: told } } : {}),
    cause: thrown,
  });
};

const partsOf = (thrown: unknown): Readonly<Record<string, unknown>> =>
  typeof thrown === 'object' && thrown !== null ? (thrown as Readonly<Record<string, unknown>>) : {};

const textOf = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.slice(0, MAX_CHARS);
};

export const canceledError = (what: string, reason: unknown): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_CANCELED',
    message: `The call of ${what} was canceled.`,
    disposition: 'canceled',
    cause: reason,
  });

export const timeoutError = (what: string, timeoutMs: number): PlatformError =>
  new PlatformError({
    code: 'IA_TASK_TIMEOUT',
    message: `The call of ${what} did not end within ${timeoutMs} ms.`,
    fault: 'plugin',
    disposition: 'timeout',
  });
