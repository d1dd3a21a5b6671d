import type { MetricPoint } from '@ia-modules/plugin-sdk';
import type { TaskExecutor } from '../ports/task-executor.ts';
import type { RunEvent } from '../run/events.ts';
import type { Plan } from '../run/plan.ts';
import { createBatchFeed } from './batch-feed.ts';
import { createMetricReader, type MeasuredRun } from './metric-points.ts';

/** Hands a run's events to the pipeline's reporters and what they measure to its exporters. Neither changes the run. */
export type RunFeed = {
  readonly offer: (event: RunEvent) => void;
  /** Resolves when everybody has had everything, or has failed on it. */
  readonly flush: () => Promise<void>;
};

export type RunFeedOptions = {
  readonly plan: Plan;
  readonly runId: string;
  readonly executor: TaskExecutor;
  readonly run: MeasuredRun;
  /** Events that were handed over before, by whoever had the run then. @default none */
  readonly before?: readonly RunEvent[];
};

/** Starts to feed the reporters and exporters of a plan; undefined when it has none. */
export const createRunFeed = ({ plan, runId, executor, run, before = [] }: RunFeedOptions): RunFeed | undefined => {
  const { reporters, exporters } = plan;
  if (reporters.length === 0 && exporters.length === 0) return undefined;
  const events = reporters.map((feed, index) =>
    createBatchFeed<RunEvent>({
      kind: 'reporter',
      feed,
      index,
      runId,
      executor,
      inputOf: (batch) => ({ events: batch }),
    }),
  );
  const points = exporters.map((feed, index) =>
    createBatchFeed<MetricPoint>({
      kind: 'exporter',
      feed,
      index,
      runId,
      executor,
      inputOf: (batch) => ({ points: batch }),
    }),
  );
  const measure = points.length === 0 ? () => [] : createMetricReader(run);
  for (const event of before) measure(event);
  return {
    offer: (event) => {
      for (const feed of events) feed.offer(event);
      for (const point of measure(event)) for (const feed of points) feed.offer(point);
    },
    flush: async () => {
      await Promise.all([...events, ...points].map((feed) => feed.flush()));
    },
  };
};
