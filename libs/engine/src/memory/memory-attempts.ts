import { PlatformError } from '@ia-modules/plugin-sdk';
import { isNestedTooDeep, MAX_DEPTH } from '../definition/nesting.ts';
import type { Settled, TaskRequest } from '../ports/durable-context.ts';
import type { TaskExecutor } from '../ports/task-executor.ts';
import { toRecordedError } from '../run/recorded-error.ts';
import { timeoutError } from '../run/timeout-error.ts';
import type { MemoryWorld } from './memory-world.ts';
import type { StepCache } from './step-cache.ts';

export type TaskEnd = Extract<Settled, { kind: 'task_succeeded' | 'task_failed' }>;

export type MemoryAttemptsOptions = {
  /** What cached results are remembered under. */
  readonly pipelineName: string;
  readonly world: MemoryWorld;
  readonly cache: StepCache;
  readonly executor: TaskExecutor;
  readonly settle: (settled: Settled) => void;
};

/** Works on the attempts of one run. */
export type MemoryAttempts = {
  dispatch(request: TaskRequest): void;
  /** Aborts an attempt; it never settles afterwards. */
  abort(key: string): void;
  abortAll(): void;
};

const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export const createMemoryAttempts = (options: MemoryAttemptsOptions): MemoryAttempts => {
  const { world, cache, executor, settle } = options;
  const running = new Map<string, AbortController>();

  const cacheKey = ({ stepId, cache: entry }: TaskRequest): string =>
    `${options.pipelineName}\0${stepId}\0${entry?.key}`;

  /** What settles after its attempt was canceled or ran out of time is dropped. */
  const finish = (controller: AbortController, settled: TaskEnd): void => {
    if (running.get(settled.key) !== controller) return;
    running.delete(settled.key);
    settle(settled);
    world.end();
  };

  /** Work takes real time whatever the clock, so that its limit is real too. */
  const startTimeout = (request: TaskRequest, controller: AbortController): NodeJS.Timeout | undefined => {
    if (request.timeoutMs === null) return undefined;
    const onTimeout = (): void => {
      finish(controller, { kind: 'task_failed', key: request.key, error: timeoutError(request) });
      controller.abort(new DOMException('The time of the attempt is over.', 'TimeoutError'));
    };
    return setTimeout(onTimeout, Math.min(request.timeoutMs, MAX_TIMEOUT_MS));
  };

  const work = async (request: TaskRequest, controller: AbortController): Promise<TaskEnd> => {
    const { key } = request;
    let costUsd = 0;
    const cost = (): { readonly costUsd?: number } => (costUsd === 0 ? {} : { costUsd });
    try {
      const output = await executor.execute(request, {
        signal: controller.signal,
        emitStarted: (started) => {
          if (running.get(key) === controller) settle({ kind: 'task_started', key, ...started });
          return Promise.resolve();
        },
        addCost: (usd) => {
          if (Number.isFinite(usd) && usd > 0) costUsd += usd;
        },
        log: () => undefined, // nobody keeps the lines of a run in memory
      });
      if (typeof output === 'object' && output !== null && isNestedTooDeep(output)) throw tooDeep();
      return { kind: 'task_succeeded', key, output: output ?? null, ...cost() };
    } catch (error) {
      return { kind: 'task_failed', key, error: toRecordedError(error), ...cost() };
    }
  };

  const run = async (request: TaskRequest, controller: AbortController): Promise<void> => {
    const { key } = request;
    const cached = request.cache === null ? undefined : cache.get(cacheKey(request), world.clock.now());
    if (cached !== undefined) {
      finish(controller, { kind: 'task_succeeded', key, output: cached.output, isCached: true });
      return;
    }
    const timer = startTimeout(request, controller);
    const end = await work(request, controller);
    clearTimeout(timer);
    if (request.cache !== null && end.kind === 'task_succeeded' && running.get(key) === controller) {
      const expiresAt = world.clock.now() + request.cache.ttlMs;
      cache.set(cacheKey(request), { output: end.output, expiresAt });
    }
    finish(controller, end);
  };

  const abort = (key: string): void => {
    const controller = running.get(key);
    if (controller === undefined) return;
    running.delete(key);
    controller.abort();
    world.end();
  };

  return {
    dispatch: (request) => {
      const controller = new AbortController();
      running.set(request.key, controller);
      world.begin();
      void run(request, controller);
    },
    abort,
    abortAll: () => {
      for (const key of running.keys()) abort(key);
    },
  };
};

const tooDeep = (): PlatformError =>
  new PlatformError({
    code: 'IA_TASK_FAILED',
    message: `The output is nested more than ${MAX_DEPTH} levels deep.`,
    hint: 'Return a flatter value.',
    fault: 'plugin',
  });
