import { percentilesOf } from '@ia-modules/runtime-postgres';
import type { MetricQuery } from './metric-query.ts';
import type { MetricCell } from './metric-rows.ts';

/** What all figures of a series have in common; null: not grouped by it. */
export type MetricLabels = {
  readonly tenantId: string;
  readonly pipelineId: string | null;
  readonly status: string | null;
  readonly stepId: string | null;
  readonly uses: string | null;
  /** Whether it sums up all series that are not among the largest. */
  readonly isOther: boolean;
};

export type DurationFigures = {
  readonly avg: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
};

export type MetricPoint = {
  readonly at: Date;
  readonly count: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly canceled: number;
  readonly retries: number;
  /** Null when nothing succeeded or failed. */
  readonly errorRate: number | null;
  readonly costUsd: number;
  /** Null when nothing ended. */
  readonly durationMs: DurationFigures | null;
  readonly throughputPerSecond: number;
};

export type MetricSeries = { readonly labels: MetricLabels; readonly points: readonly MetricPoint[] };

const PERCENTS = [50, 90, 95, 99, 100] as const;

/** Cells in the order in which they are read, as series; without any, one empty series where nothing is grouped. */
export const toMetricSeries = (query: MetricQuery, cells: readonly MetricCell[], nowMs: number): MetricSeries[] => {
  const byPlace = Map.groupBy(cells, (cell) => cell.place);
  if (byPlace.size === 0 && query.groupBy.length === 0) byPlace.set(1, []);
  return [...byPlace].map(([place, found]) => ({
    labels: toLabels(query, place === 0 ? null : (found[0]?.labels ?? [])),
    points: toPoints(query, found, nowMs),
  }));
};

const toLabels = ({ tenantId, groupBy }: MetricQuery, labels: readonly string[] | null): MetricLabels => {
  const labelOf = (dimension: MetricQuery['groupBy'][number]): string | null =>
    labels?.[groupBy.indexOf(dimension)] ?? null;
  return {
    tenantId,
    pipelineId: labelOf('pipeline'),
    status: labelOf('status'),
    stepId: labelOf('step'),
    uses: labelOf('uses'),
    isOther: labels === null,
  };
};

const toPoints = (query: MetricQuery, cells: readonly MetricCell[], nowMs: number): MetricPoint[] => {
  const points = cells.map((cell) => toPoint(query, cell, nowMs));
  if (!query.fillsEmpty) return points;
  const byTime = new Map(points.map((point) => [point.at.getTime(), point]));
  const filled: MetricPoint[] = [];
  for (let at = query.from.getTime(); at < query.to.getTime(); at += query.stepSeconds * 1_000) {
    filled.push(byTime.get(at) ?? emptyPoint(new Date(at)));
  }
  return filled;
};

const toPoint = ({ stepSeconds }: MetricQuery, cell: MetricCell, nowMs: number): MetricPoint => {
  const { at, count, succeeded, failed, canceled, retries, costUsd } = cell;
  const decided = succeeded + failed;
  // Of the step that is under way a part has passed.
  const passedSeconds = Math.max(1, Math.min(stepSeconds, (nowMs - at.getTime()) / 1_000));
  return {
    at,
    count,
    succeeded,
    failed,
    canceled,
    retries,
    errorRate: decided === 0 ? null : failed / decided,
    costUsd,
    durationMs: toDurations(cell),
    throughputPerSecond: count / passedSeconds,
  };
};

const toDurations = ({ count, durationMs, histogram }: MetricCell): DurationFigures | null => {
  if (count === 0) return null;
  const [p50 = null, p90 = null, p95 = null, p99 = null, max = null] = percentilesOf(histogram, PERCENTS);
  return { avg: durationMs / count, p50: p50 ?? 0, p90: p90 ?? 0, p95: p95 ?? 0, p99: p99 ?? 0, max: max ?? 0 };
};

const emptyPoint = (at: Date): MetricPoint => ({
  at,
  count: 0,
  succeeded: 0,
  failed: 0,
  canceled: 0,
  retries: 0,
  errorRate: null,
  costUsd: 0,
  durationMs: null,
  throughputPerSecond: 0,
});
