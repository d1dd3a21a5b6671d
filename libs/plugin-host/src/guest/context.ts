import {
  entries,
  isFiniteNumber,
  NativePromise,
  NativeRangeError,
  now,
  property,
  stringify,
  textOf,
  writeError,
} from './primitives.ts';
import { callPlugin, type FetchInput, getBlob, guardedFetch, putBlob } from './requests.ts';
import { report, type RunningCall } from './running-call.ts';

type Labels = Readonly<Record<string, string | number | boolean>>;
type Work = (span: object) => unknown;
type SpanInit = {
  readonly name: string;
  readonly work: Work;
  readonly attributes: Labels;
  readonly parentId: number | null;
};

const MAX_LOG_CHARS = 4_096;
const MAX_LATE_ERRORS = 20;
const MAX_LABELS = 10;
const MAX_LABEL_CHARS = 200;
const METRIC_NAME = /^[a-z][a-z0-9_.]{0,63}$/;

export const log = (call: RunningCall | null, level: string, parts: readonly unknown[]): void => {
  if (call !== null) report(call, { type: 'log', level, message: textOfParts(parts) });
};

let lateErrors = 0;

/** Tells of an error that nobody handles: in the log of its call, or in the error output when that is over. */
export const logUnhandled = (call: RunningCall | null, reason: unknown): void => {
  const parts = ['unhandled rejection:', reason];
  if (call !== null && !call.isOver) log(call, 'warn', parts);
  else if (++lateErrors <= MAX_LATE_ERRORS) writeError(`after a call: ${textOfParts(parts)}\n`);
};

const textOfParts = (parts: readonly unknown[]): string =>
  textOf(() => parts.map((part) => textOf(() => render(part), MAX_LOG_CHARS)).join(' '), MAX_LOG_CHARS);

const render = (part: unknown): unknown => {
  if (part instanceof Error) return `${part.name}: ${part.message}`;
  return typeof part === 'object' && part !== null ? stringify(part) : part;
};

const labelsOf = (labels: Labels): Labels => {
  const pairs = entries(labels).filter(([name]) => name.length > 0 && name.length <= 64);
  if (pairs.length > MAX_LABELS) throw new NativeRangeError(`There are at most ${MAX_LABELS} labels or attributes.`);
  const safe: Record<string, string | number | boolean> = {};
  for (const [name, value] of pairs) {
    const isPlain = typeof value === 'boolean' || isFiniteNumber(value);
    safe[name] = isPlain ? value : textOf(() => value, MAX_LABEL_CHARS);
  }
  return safe;
};

type Metric = {
  readonly kind: string;
  readonly name: string;
  readonly value: number;
  readonly labels?: Labels | undefined;
};

const measure = (call: RunningCall, { kind, name, value, labels = {} }: Metric): void => {
  if (!METRIC_NAME.test(name))
    throw new NativeRangeError('A metric is named by lower-case letters, digits, _ and dots.');
  if (!isFiniteNumber(value)) throw new NativeRangeError('A metric takes finite numbers.');
  report(call, { type: 'metric', kind, name, value, labels: labelsOf(labels) });
};

const runSpan = async (call: RunningCall, { name, work, attributes, parentId }: SpanInit): Promise<unknown> => {
  const spanId = ++call.lastSpanId;
  const startedAt = now();
  const said: Record<string, string | number | boolean> = { ...attributes };
  let error: string | null = null;
  try {
    return await work({ set: (more: Labels) => void Object.assign(said, more), span: spanIn(call, spanId) });
  } catch (thrown) {
    error = textOf(() => property(thrown, 'name') ?? 'Error', 100);
    throw thrown;
  } finally {
    const durationMs = Math.max(now() - startedAt, 0);
    const attributesOf = labelsOf(Object.fromEntries(entries(said).slice(0, MAX_LABELS)));
    const told = { spanId, parentId, name: textOf(() => name, MAX_LABEL_CHARS), startedAt, durationMs, error };
    report(call, { type: 'span', ...told, attributes: attributesOf });
  }
};

const spanIn =
  (call: RunningCall, parentId: number | null) =>
  (name: string, work: Work, attributes: Labels = {}): Promise<unknown> =>
    runSpan(call, { name, work, attributes, parentId });

const sleep = (call: RunningCall, ms: number): Promise<void> =>
  new NativePromise((resolve, reject) => {
    const { signal } = call.controller;
    if (signal.aborted) return reject(signal.reason);
    const stop = (reason: unknown): void => {
      giveUp();
      reject(reason);
    };
    const wake = (): void => {
      call.stops.delete(stop);
      resolve();
    };
    const giveUp = call.clock.wakeAfter(ms, wake, () => call.waiting > 0);
    call.stops.add(stop);
  });

/** What `init` and `health` get. */
export const lifecycleContextOf = (call: RunningCall): object => ({
  fetch: (input: FetchInput, init?: RequestInit) => guardedFetch(call, input, init),
  logger: {
    debug: (message: string) => log(call, 'debug', [message]),
    info: (message: string) => log(call, 'info', [message]),
    warn: (message: string) => log(call, 'warn', [message]),
    error: (message: string) => log(call, 'error', [message]),
  },
  signal: call.controller.signal,
  secrets: call.frame['secrets'],
  clock: { now: () => call.clock.now(), sleep: (ms: number) => sleep(call, ms) },
  metrics: {
    count: (name: string, value = 1, labels?: Labels) => measure(call, { kind: 'counter', name, value, labels }),
    record: (name: string, value: number, labels?: Labels) => measure(call, { kind: 'histogram', name, value, labels }),
  },
});

export const contextOf = (call: RunningCall): object => ({
  ...lifecycleContextOf(call),
  idempotencyKey: call.frame['idempotencyKey'],
  task: call.frame['task'],
  blobs: {
    put: (bytes: Uint8Array, options?: { readonly contentType?: string }) => putBlob(call, bytes, options),
    get: (reference: Parameters<typeof getBlob>[1]) => getBlob(call, reference),
  },
  plugins: { call: (uses: string, input: unknown) => callPlugin(call, uses, input) },
  progress: (fraction: number, message?: string) => {
    if (!isFiniteNumber(fraction)) return;
    const bounded = fraction < 0 ? 0 : fraction > 1 ? 1 : fraction;
    const words = message === undefined ? {} : { message: textOf(() => message, 500) };
    report(call, { type: 'progress', fraction: bounded, ...words });
  },
  cost: (usd: number) => {
    if (!isFiniteNumber(usd) || usd < 0) throw new NativeRangeError('A cost is a number of US dollars, 0 or more.');
    report(call, { type: 'cost', usd });
  },
  span: spanIn(call, null),
});
