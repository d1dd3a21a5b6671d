import type { Json, MetricPoint } from '@ia-modules/plugin-sdk';

/** OTLP: each message tells what came since the one before. */
const DELTA = 1;

/** Puts points into the JSON form of OTLP metrics. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export const toOtlp = (points: readonly MetricPoint[], serviceName: string): Json => {
  const byMetric = Map.groupBy(points, ({ name, kind, unit }) => JSON.stringify([name, kind, unit]));
  const metrics = [...byMetric.values()].map(metricOf);
  const resource = { attributes: attributesOf({ 'service.name': serviceName }) };
  return { resourceMetrics: [{ resource, scopeMetrics: [{ scope: { name: 'ia-modules' }, metrics }] }] };
};

const metricOf = (points: readonly MetricPoint[]): Json => {
  const [{ name, unit, kind }] = points as readonly [MetricPoint];
  const bySeries = Map.groupBy(points, ({ labels }) =>
    JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => a.localeCompare(b))),
  );
  const dataPoints = [...bySeries.values()].map(kind === 'counter' ? sumOf : distributionOf);
  return kind === 'counter'
    ? { name, unit, sum: { aggregationTemporality: DELTA, isMonotonic: true, dataPoints } }
    : { name, unit, histogram: { aggregationTemporality: DELTA, dataPoints } };
};

const sumOf = (points: readonly MetricPoint[]): Json => ({ ...seriesOf(points), asDouble: total(points) });

const distributionOf = (points: readonly MetricPoint[]): Json => {
  const values = points.map(({ value }) => value);
  const count = String(points.length);
  return {
    ...seriesOf(points),
    count,
    sum: total(points),
    min: Math.min(...values),
    max: Math.max(...values),
    bucketCounts: [count],
    explicitBounds: [],
  };
};

const seriesOf = (points: readonly MetricPoint[]) => {
  const [{ labels }] = points as readonly [MetricPoint];
  const times = points.map(({ at }) => at);
  return {
    attributes: attributesOf(labels),
    startTimeUnixNano: toNanoseconds(Math.min(...times)),
    timeUnixNano: toNanoseconds(Math.max(...times)),
  };
};

const total = (points: readonly MetricPoint[]): number => points.reduce((sum, { value }) => sum + value, 0);

/** As text: JSON numbers do not reach that far. */
const toNanoseconds = (ms: number): string => String(BigInt(Math.round(ms)) * 1_000_000n);

const attributesOf = (labels: Readonly<Record<string, string>>): Json =>
  Object.entries(labels).map(([key, stringValue]) => ({ key, value: { stringValue } }));
