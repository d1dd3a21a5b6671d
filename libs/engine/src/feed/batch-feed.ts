import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import type { Scope } from '../expression/expression.ts';
import type { TaskExecutor } from '../ports/task-executor.ts';
import { activityKey, idempotencyKeyOf, RUN_SCOPE, taskKey } from '../run/keys.ts';
import type { PlanFeed } from '../run/plan.ts';

const MAX_BATCH = 500;
/** Beyond it the oldest are dropped: whoever reads that slowly must not fill the memory. */
const MAX_WAITING = 100_000;
const CALL_TIMEOUT_MS = 30_000;

export type BatchFeedOptions<T> = {
  readonly kind: 'reporter' | 'exporter';
  readonly feed: PlanFeed;
  /** Its place in the definition. */
  readonly index: number;
  readonly runId: string;
  readonly executor: TaskExecutor;
  readonly inputOf: (batch: readonly T[]) => JsonObject;
};

export type BatchFeed<T> = {
  readonly offer: (item: T) => void;
  /** Resolves when everything that was offered has been delivered, or given up. */
  readonly flush: () => Promise<void>;
};

/**
 * Hands items to one contribution, in order and in batches, one call at a time. What it throws, or does not end within 30 seconds, is
 * passed over.
 */
export const createBatchFeed = <T>(options: BatchFeedOptions<T>): BatchFeed<T> => {
  let waiting: T[] = [];
  let delivery = Promise.resolve();
  let isDelivering = false;
  let calls = 0;

  const deliver = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MAX_BATCH);
      waiting = waiting.slice(MAX_BATCH);
      calls += 1;
      await callOnce(options, batch, calls - 1).catch(() => undefined);
    }
    isDelivering = false;
  };

  return {
    offer: (item) => {
      waiting.push(item);
      if (waiting.length > MAX_WAITING) waiting.shift();
      if (isDelivering) return;
      isDelivering = true;
      // Later in the turn of the event loop: what one decision records travels together.
      delivery = Promise.resolve().then(deliver);
    },
    flush: () => delivery,
  };
};

/** What feeds are given is no part of a run's state: validation lets no expression stand there. */
const NO_SCOPE: Scope = { parameters: {}, steps: {}, run: {}, trigger: {}, iteration: 0, iteration_path: [] };

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

const callOnce = async <T>(options: BatchFeedOptions<T>, batch: readonly T[], call: number): Promise<unknown> => {
  const { kind, feed, index, runId, executor, inputOf } = options;
  const { uses, config } = feed;
  const part = `${kind}/${index}/${call}`;
  const nowhere = { stepId: '', iteration: '', index: '' };
  const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
  const work = async (): Promise<Json> =>
    executor.execute(
      {
        key: taskKey(activityKey(RUN_SCOPE), 1, part),
        kind,
        ...nowhere,
        uses,
        input: { ...inputOf(batch), config: config.render(NO_SCOPE) },
        secrets: config.secretSlots(NO_SCOPE).map((slot) => ({ ...slot, path: ['config', ...slot.path] })),
        attempt: 1,
        idempotencyKey: idempotencyKeyOf({ runId, ...nowhere, part }),
        timeoutMs: CALL_TIMEOUT_MS,
        cache: null,
        onUnknown: 'repeat',
      },
      { signal, emitStarted: () => Promise.resolve(), addCost: () => undefined, log: () => undefined },
    );
  return Promise.race([work(), aborted(signal)]);
};
