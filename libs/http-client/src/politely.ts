import type { PluginContext, PluginError } from '@ia-modules/plugin-sdk';
import { withRetries } from './with-retries.ts';

const MAX_ATTEMPTS = 4;
const DELAY_MS = 500;
/** Hooks have half a minute in all. */
const MAX_DELAY_MS = 20_000;
const NOT_DONE: ReadonlySet<unknown> = new Set([429, 503]);

/** Tries again what a server was too busy for, and what never reached it; what may have been done is left alone. */
export const politely = <T>(ctx: PluginContext, attempt: () => Promise<T>): Promise<T> =>
  withRetries(
    ctx,
    { maxAttempts: MAX_ATTEMPTS, delayMs: DELAY_MS, maxDelayMs: MAX_DELAY_MS, isRetryable: wasNotDone },
    attempt,
  );

const wasNotDone = ({ retryable, details }: PluginError): boolean => {
  const status = details?.['status'];
  return retryable && (status === undefined ? details?.['outcome'] !== 'unknown' : NOT_DONE.has(status));
};
