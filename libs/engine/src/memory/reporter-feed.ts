import type { Json } from '@ia-modules/plugin-sdk';
import type { TaskExecutor } from '../ports/task-executor.ts';
import type { RunEvent } from '../run/events.ts';
import { activityKey, idempotencyKeyOf, RUN_SCOPE, taskKey } from '../run/keys.ts';
import type { Plan, PlanReporter } from '../run/plan.ts';

const MAX_BATCH = 500;

/** Hands a run's events to the pipeline's reporters, in order and in batches. What a reporter does never changes the run. */
export type ReporterFeed = {
  readonly offer: (event: RunEvent) => void;
  /** Resolves when every reporter has had every event, or has failed on it. */
  readonly flush: () => Promise<void>;
};

/** Starts to feed the reporters of a plan. What one throws, or does not end within 30 seconds, is passed over. */
export const createReporterFeed = (plan: Plan, runId: string, executor: TaskExecutor): ReporterFeed => {
  const feeds = plan.reporters.map((reporter, index) => createFeed({ reporter, index, runId, executor }));
  return {
    offer: (event) => {
      for (const feed of feeds) feed.offer(event);
    },
    flush: async () => {
      await Promise.all(feeds.map((feed) => feed.flush()));
    },
  };
};

type FeedOptions = {
  readonly reporter: PlanReporter;
  readonly index: number;
  readonly runId: string;
  readonly executor: TaskExecutor;
};

const REPORTER_TIMEOUT_MS = 30_000;

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

const createFeed = ({ reporter, index, runId, executor }: FeedOptions): ReporterFeed => {
  let pending: RunEvent[] = [];
  let delivery = Promise.resolve();
  let isDelivering = false;
  let count = 0;

  const deliver = async (): Promise<void> => {
    while (pending.length > 0) {
      const batch = pending.slice(0, MAX_BATCH);
      pending = pending.slice(MAX_BATCH);
      const part = `reporter/${index}/${count}`;
      count += 1;
      const request = {
        key: taskKey(activityKey(RUN_SCOPE), 1, part),
        kind: 'hook' as const,
        stepId: '',
        iteration: '',
        index: '',
        uses: reporter.uses,
        input: { events: batch as unknown as Json, config: reporter.config },
        secrets: [],
        attempt: 1,
        idempotencyKey: idempotencyKeyOf({ runId, stepId: '', iteration: '', index: '', part }),
        timeoutMs: REPORTER_TIMEOUT_MS,
        cache: null,
        onUnknown: 'repeat' as const,
      };
      const signal = AbortSignal.timeout(REPORTER_TIMEOUT_MS);
      const execution = {
        signal,
        emitStarted: () => Promise.resolve(),
        addCost: () => undefined,
        log: () => undefined,
      };
      const call = async (): Promise<unknown> => executor.execute(request, execution);
      await Promise.race([call(), aborted(signal)]).catch(() => undefined);
    }
    isDelivering = false;
  };

  return {
    offer: (event) => {
      pending.push(event);
      if (isDelivering) return;
      isDelivering = true;
      // Later in the turn of the event loop: what one decision records travels together.
      delivery = Promise.resolve().then(deliver);
    },
    flush: () => delivery,
  };
};
