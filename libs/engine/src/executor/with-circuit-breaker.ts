import { type Json, PlatformError } from '@ia-modules/plugin-sdk';
import { parseUses } from '../definition/uses.ts';
import type { TaskRequest } from '../ports/durable-context.ts';
import type { TaskExecution, TaskExecutor } from '../ports/task-executor.ts';
import { toRecordedError } from '../run/recorded-error.ts';
import type { CallVerdict, CircuitBreakers } from './circuit-breakers.ts';

/** Which circuits an executor opens and closes, and whose they are. */
export type CircuitBreakerOptions = {
  readonly breakers: CircuitBreakers;
  /** @default '', for a process that serves one */
  readonly tenant?: string;
};

/**
 * Stops calling what does not work: a host, for plugins whose input has a `url`, else the plugin, or its hooks, reporters or exporters.
 * Time-outs and errors that may be retried count; local modules have no circuit.
 */
export const withCircuitBreaker = (
  executor: TaskExecutor,
  { breakers, tenant = '' }: CircuitBreakerOptions,
): TaskExecutor => ({
  execute: (request, execution) => {
    const target = targetOf(request);
    const run = (): Promise<Json> => executor.execute(request, execution);
    if (target === undefined) return run();
    return breakers.call({
      tenant,
      target,
      // Work that ignores its signal may never end, and its circuit must not wait for it.
      run: () => untilAborted(run, execution),
      judge: (error) => judgeError(error, execution),
    });
  },
});

/** These change nothing in a run, nor may their failures. */
const ONLOOKERS: ReadonlySet<TaskRequest['kind']> = new Set(['hook', 'reporter', 'exporter']);

const targetOf = ({ uses, input, kind }: TaskRequest): string | undefined => {
  const parsed = parseUses(uses);
  if (parsed?.kind !== 'builtin' && parsed?.kind !== 'package') return undefined;
  const host = hostOf(input);
  if (host !== undefined) return `the host ${host}`;
  const plugin = parsed.kind === 'builtin' ? parsed.plugin : packageOf(parsed);
  return ONLOOKERS.has(kind) ? `the ${kind}s of ${plugin}` : `the plugin ${plugin}`;
};

/** Versions beside each other are code of their own. */
const packageOf = ({ packageName, range }: { readonly packageName: string; readonly range?: string }): string =>
  range === undefined ? packageName : `${packageName}@${range}`;

const hostOf = (input: Json): string | undefined => {
  if (typeof input !== 'object' || input === null || !('url' in input) || typeof input['url'] !== 'string')
    return undefined;
  return URL.parse(input['url'])?.host || undefined;
};

const untilAborted = async (run: () => Promise<Json>, { signal }: TaskExecution): Promise<Json> => {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([run(), aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
};

const judgeError = (error: unknown, { signal }: TaskExecution): CallVerdict => {
  if (signal.aborted) return isTimeout(signal.reason) ? 'failing' : 'canceled';
  if (error instanceof PlatformError && error.disposition === 'canceled') return 'canceled';
  return toRecordedError(error).retryable ? 'failing' : 'working';
};

const isTimeout = (reason: unknown): boolean => reason instanceof Error && reason.name === 'TimeoutError';
