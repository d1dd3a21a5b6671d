import type { Path } from '../diagnostic.ts';
import { isRecord, type JsonRecord } from './record.ts';
import type { RewriteLog } from './rewrite-log.ts';

const STRATEGIES: Readonly<Record<string, 'fail' | 'continue'>> = {
  fail: 'fail',
  stop: 'fail',
  raise: 'fail',
  continue: 'continue',
  skip: 'continue',
  ignore: 'continue',
};
const ATTEMPTS: ReadonlySet<string> = new Set(['max_attempts', 'attempts']);
const RETRIES: ReadonlySet<string> = new Set(['max_retries', 'retries', 'retry_count']);
const DELAYS: Readonly<Record<string, string>> = {
  initial_delay: 'initial_delay',
  retry_delay: 'initial_delay',
  retry_delay_seconds: 'initial_delay',
  delay: 'initial_delay',
  delay_seconds: 'initial_delay',
  max_delay: 'max_delay',
  max_delay_seconds: 'max_delay',
};
const FACTORS: ReadonlySet<string> = new Set([
  'factor',
  'backoff',
  'backoff_factor',
  'backoff_multiplier',
  'exponential_base',
]);

/** Seconds as the language writes durations; texts are taken to be durations already. */
export const toDuration = (seconds: unknown): string | undefined => {
  if (typeof seconds === 'string') return seconds;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0) return undefined;
  const milliseconds = Math.round(seconds * 1_000);
  return milliseconds % 1_000 === 0 ? `${milliseconds / 1_000}s` : `${milliseconds}ms`;
};

/** The keys of a step that say what happens when it fails. */
type Handling = { retry?: JsonRecord; on_error?: string; fallback?: unknown };

/** Reads `error_handling` (retries, delays in seconds, a strategy, a fallback). Undefined when a part of it has no counterpart. */
export const readErrorHandling = (value: unknown, path: Path, log: RewriteLog): Handling | undefined => {
  const handling = readHandling(typeof value === 'string' ? { strategy: value } : value, path, log);
  if (handling === undefined) return undefined;
  const keys = Object.keys(handling).map((key) => `'${key}'`);
  log.rewritten(
    path,
    keys.length === 0 ? 'Nothing is said about errors.' : `What happens on errors: ${keys.join(', ')}.`,
  );
  return handling;
};

const readHandling = (value: unknown, path: Path, log: RewriteLog): Handling | undefined => {
  if (!isRecord(value)) {
    log.leftover(path, 'The error handling is an object.');
    return undefined;
  }
  const entries = Object.entries(value).flatMap(([key, item]) =>
    key === 'retry' && isRecord(item) ? Object.entries(item) : [[key, item] as const],
  );
  let handling: Handling = {};
  for (const [key, item] of entries) {
    const next = readEntry(handling, [key, item]);
    if (next === undefined) {
      log.leftover(path, `The error handling says '${key}', which has no counterpart.`, {
        hint: "Write it with the step's 'retry', 'fallback' and 'on_error'.",
      });
      return undefined;
    }
    handling = next;
  }
  return handling;
};

const readEntry = (handling: Handling, [key, value]: readonly [string, unknown]): Handling | undefined => {
  const withRetry = (entry: JsonRecord): Handling => ({ ...handling, retry: { ...handling.retry, ...entry } });
  if (ATTEMPTS.has(key)) return withRetry({ max_attempts: value });
  if (RETRIES.has(key)) return typeof value === 'number' ? withRetry({ max_attempts: value + 1 }) : undefined;
  if (FACTORS.has(key)) return typeof value === 'number' ? withRetry({ factor: value }) : undefined;
  if (key === 'jitter') return withRetry({ jitter: value });
  if (Object.hasOwn(DELAYS, key)) {
    const delay = toDuration(value);
    return delay === undefined ? undefined : withRetry({ [DELAYS[key] ?? key]: delay });
  }
  if (key === 'continue_on_error' && typeof value === 'boolean')
    return { ...handling, on_error: value ? 'continue' : 'fail' };
  if (key === 'strategy' || key === 'on_error') {
    const strategy = typeof value === 'string' && Object.hasOwn(STRATEGIES, value) ? STRATEGIES[value] : undefined;
    return strategy && { ...handling, on_error: strategy };
  }
  return key === 'fallback' || key === 'fallback_value' ? { ...handling, fallback: value } : undefined;
};
