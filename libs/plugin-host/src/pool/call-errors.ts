import { type ErrorCode, PlatformError, PluginError } from '@ia-modules/plugin-sdk';
import type { CallFrame } from '../process/sandbox-process.ts';
import type { Scrub } from '../scrub.ts';
import { safeErrorName } from './call-reports.ts';

/** What a plugin may call its own error; any other code it claims becomes `IA_PLUGIN_FAILED`. */
const GUEST_CODES: ReadonlySet<string> = new Set<ErrorCode>([
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

/** An error of a guest as the engine reads it; `details.outcome` is `unknown` when the plugin says so. */
export const thrownError = (error: Extract<CallFrame, { type: 'error' }>['error'], scrub: Scrub): PluginError =>
  new PluginError({
    name: safeErrorName(error.name, scrub) ?? 'PluginError',
    message: scrub(error.message),
    retryable: error.retryable,
    code: error.code !== undefined && GUEST_CODES.has(error.code) ? (error.code as ErrorCode) : 'IA_PLUGIN_FAILED',
    ...(error.hint === undefined ? {} : { hint: scrub(error.hint) }),
    ...(error.outcome === undefined ? {} : { details: { outcome: error.outcome } }),
  });

/** The end of a process as one call may see it: without that call's secrets. */
export const scrubbedError = (error: PlatformError, scrub: Scrub): PlatformError => {
  const { code, hint, fault, disposition, details, cause } = error;
  const stderr = typeof details?.['stderr'] === 'string' ? { stderr: scrub(details['stderr']) } : {};
  return new PlatformError({
    code,
    message: scrub(error.message),
    hint,
    fault,
    disposition,
    details: details === undefined ? undefined : { ...details, ...stderr },
    cause,
  });
};

export const canceledError = (what: string, signal: AbortSignal | undefined): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_CANCELED',
    message: `The call of ${what} was canceled.`,
    disposition: 'canceled',
    cause: signal?.reason,
  });

export const timeoutError = (what: string, timeoutMs: number): PlatformError =>
  new PlatformError({
    code: 'IA_TASK_TIMEOUT',
    message: `The call of ${what} did not end within ${timeoutMs} ms.`,
    fault: 'plugin',
    disposition: 'timeout',
  });

export const closedError = (): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_CRASHED',
    message: 'The sandbox pool is closed.',
    fault: 'infra',
    disposition: 'retry',
  });
