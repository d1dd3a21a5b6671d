import { createProjection, type RunEvent } from '@ia-modules/engine';
import type { Pool } from 'pg';
import { bucketOf } from '../src/metering/duration-histogram.ts';

/** What the rollups of a pipeline add up to, over all minutes or all hours; by `step status`. */
export type Totals = Record<
  string,
  { count: number; retries: number; durationMs: number; costUsd: number; buckets: string }
>;

type TotalRow = Totals[string] & { readonly key: string; readonly histograms: readonly Record<string, number>[] };

const READ_TOTALS = `select step_id || ' ' || status as key, sum(count)::int as count, sum(retries)::int as retries,
    sum(duration_ms)::float8 as "durationMs", round(sum(cost_usd)::numeric, 6)::float8 as "costUsd",
    json_agg(histogram) as histograms
  from metric_rollups where pipeline_id = $1 and seconds = $2 group by 1`;

export const readTotals = async (pool: Pool, pipelineId: string, seconds: 60 | 3600): Promise<Totals> => {
  const { rows } = await pool.query<TotalRow>(READ_TOTALS, [pipelineId, seconds]);
  return Object.fromEntries(
    rows.map(({ key, histograms, ...figures }) => {
      const buckets = new Map<string, number>();
      for (const histogram of histograms) {
        for (const [bucket, count] of Object.entries(histogram))
          buckets.set(bucket, (buckets.get(bucket) ?? 0) + count);
      }
      return [key, { ...figures, buckets: print(buckets) }];
    }),
  );
};

const print = (buckets: ReadonlyMap<string, number>): string =>
  [...buckets]
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([bucket, count]) => `${bucket}:${count}`)
    .join(' ');

/** The same out of the logs, step by step as the projection shows them. */
export const totalsOfLogs = (logs: readonly (readonly RunEvent[])[]): Totals => {
  const entries: { key: string; retries: number; durationMs: number; costUsd: number }[] = [];
  for (const log of logs) entries.push(...entriesOf(log));
  const totals: Totals = {};
  const buckets = new Map<string, Map<string, number>>();
  for (const { key, retries, durationMs, costUsd } of entries) {
    const total = (totals[key] ??= { count: 0, retries: 0, durationMs: 0, costUsd: 0, buckets: '' });
    total.count += 1;
    total.retries += retries;
    total.durationMs += durationMs;
    total.costUsd = Number((total.costUsd + costUsd).toFixed(6));
    const counts = buckets.get(key) ?? new Map<string, number>();
    const bucket = String(bucketOf(durationMs));
    buckets.set(key, counts.set(bucket, (counts.get(bucket) ?? 0) + 1));
  }
  for (const [key, counts] of buckets) {
    const total = totals[key];
    if (total !== undefined) total.buckets = print(counts);
  }
  return totals;
};

const ENDS = new Set(['step_succeeded', 'step_failed', 'step_canceled']);

const entriesOf = (log: readonly RunEvent[]) => {
  const projection = createProjection();
  const entries: { key: string; retries: number; durationMs: number; costUsd: number }[] = [];
  const since = { retries: 0, costUsd: 0 };
  const sums = new Map<string, typeof since>();
  const total = { ...since };
  for (const event of log) {
    projection.apply(event);
    const { stepId, type, data } = event;
    const costUsd = 'costUsd' in data ? Number(data.costUsd ?? 0) : 0;
    const isRetry = type === 'task_scheduled' && (event.attempt ?? 1) > 1;
    total.costUsd += costUsd;
    total.retries += isRetry ? 1 : 0;
    if (stepId === undefined) continue;
    const sum = sums.get(stepId) ?? { ...since };
    sums.set(stepId, { retries: sum.retries + (isRetry ? 1 : 0), costUsd: sum.costUsd + costUsd });
    const step = projection.view.steps[stepId];
    if (!ENDS.has(type) || event.index !== undefined || step?.startedAt == null) continue;
    const durationMs = (step.finishedAt ?? 0) - step.startedAt;
    entries.push({ key: `${stepId} ${step.status}`, durationMs, ...(sums.get(stepId) ?? since) });
    sums.delete(stepId);
  }
  const { status, startedAt, finishedAt } = projection.view;
  entries.push({ key: ` ${status}`, durationMs: (finishedAt ?? 0) - (startedAt ?? 0), ...total });
  return entries;
};
