import type { ApiContext } from '../../context.ts';
import { filterId, tenantNodeId } from '../../global-id.ts';
import {
  MAX_CELLS,
  MAX_POINTS,
  MAX_SERIES,
  METRIC_DIMENSIONS,
  METRIC_STATUSES,
  METRIC_SUBJECTS,
  type MetricArguments,
  parseMetricQuery,
} from '../../metrics/metric-query.ts';
import { readMetricCells } from '../../metrics/metric-rows.ts';
import {
  type DurationFigures,
  type MetricLabels,
  type MetricPoint,
  type MetricSeries,
  toMetricSeries,
} from '../../metrics/metric-series.ts';
import { MAX_COUNTED, type QueueFigures, readQueue } from '../../metrics/queue-rows.ts';
import { builder } from '../builder.ts';
import { PipelineRef, TenantRef } from '../refs.ts';

export const MetricSubjectEnum = builder.enumType('MetricSubject', {
  description: 'What is counted.',
  values: {
    RUNS: { value: METRIC_SUBJECTS[0], description: 'Runs that ended; those of sub-pipelines too.' },
    STEPS: {
      value: METRIC_SUBJECTS[1],
      description: 'Executions of steps in runs that ended: each iteration of a loop is one, a mapped step is one.',
    },
  } as const,
});

export const MetricDimensionEnum = builder.enumType('MetricDimension', {
  description: 'What tells series apart.',
  values: {
    PIPELINE: { value: METRIC_DIMENSIONS[0], description: 'The pipeline.' },
    STATUS: { value: METRIC_DIMENSIONS[1], description: 'How it ended.' },
    STEP: { value: METRIC_DIMENSIONS[2], description: 'The id of the step, across pipelines. Of steps only.' },
    USES: { value: METRIC_DIMENSIONS[3], description: 'What the step uses, such as `core.wait`. Of steps only.' },
  } as const,
});

export const MetricStatusEnum = builder.enumType('MetricStatus', {
  description: 'How a run or an execution of a step ended.',
  values: {
    succeeded: { value: METRIC_STATUSES[0], description: 'It gave its outputs.' },
    failed: { value: METRIC_STATUSES[1], description: 'It ended with an error.' },
    canceled: { value: METRIC_STATUSES[2], description: 'Somebody ended it, or the run that it was part of ended.' },
  } as const,
});

const MetricLabelsRef = builder.objectRef<MetricLabels>('MetricLabels').implement({
  description: 'What the figures of a series have in common; null where they are not grouped by it.',
  fields: (t) => ({
    pipelineId: t.id({
      nullable: true,
      description: 'The global id of the pipeline.',
      resolve: ({ tenantId, pipelineId }) =>
        pipelineId === null ? null : tenantNodeId('Pipeline', { tenantId, id: pipelineId }),
    }),
    pipeline: t.field({
      type: PipelineRef,
      nullable: true,
      description: 'The pipeline, where the viewer may read it.',
      resolve: ({ tenantId, pipelineId }, _args, { loaders }) =>
        pipelineId === null ? null : loaders.pipelines.load({ tenantId, id: pipelineId }),
    }),
    status: t.exposeString('status', { nullable: true, description: 'How they ended.' }),
    stepId: t.exposeString('stepId', { nullable: true, description: 'The id of the step.' }),
    uses: t.exposeString('uses', { nullable: true, description: 'What the step uses.' }),
    isOther: t.exposeBoolean('isOther', {
      description: 'Whether this series sums up all that are not among the largest; it is the last one.',
    }),
  }),
});

const DurationFiguresRef = builder.objectRef<DurationFigures>('DurationFigures').implement({
  description: 'How long they took, in milliseconds from start to end, waits included. All but `avg` are within 2.5 %.',
  fields: (t) => ({
    avg: t.exposeFloat('avg', { description: 'The mean, exactly.' }),
    p50: t.exposeFloat('p50', { description: 'Half of them took no longer.' }),
    p90: t.exposeFloat('p90', { description: '90 % of them took no longer.' }),
    p95: t.exposeFloat('p95', { description: '95 % of them took no longer.' }),
    p99: t.exposeFloat('p99', { description: '99 % of them took no longer.' }),
    max: t.exposeFloat('max', { description: 'The longest.' }),
  }),
});

export const MetricPointRef = builder.objectRef<MetricPoint>('MetricPoint').implement({
  description: 'What ended within one step of time.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'The beginning of the step of time.' }),
    count: t.exposeFloat('count', { description: 'How many ended.' }),
    succeeded: t.exposeFloat('succeeded', { description: 'How many of them succeeded.' }),
    failed: t.exposeFloat('failed', { description: 'How many of them failed.' }),
    canceled: t.exposeFloat('canceled', { description: 'How many of them were canceled.' }),
    retries: t.exposeFloat('retries', { description: 'Attempts beyond the first of each step.' }),
    errorRate: t.exposeFloat('errorRate', {
      nullable: true,
      description: 'Failed ÷ (succeeded + failed), from 0 to 1; null when there are none of either.',
    }),
    costUsd: t.exposeFloat('costUsd', {
      description: 'What they cost, in US dollars. A run has the cost of its own steps, without its sub-pipelines.',
    }),
    durationMs: t.expose('durationMs', {
      type: DurationFiguresRef,
      nullable: true,
      description: 'How long they took; null when nothing ended.',
    }),
    throughputPerSecond: t.exposeFloat('throughputPerSecond', {
      description: 'How many ended per second, over the part of the step of time that has passed.',
    }),
  }),
});

export const MetricSeriesRef = builder.objectRef<MetricSeries>('MetricSeries').implement({
  description: 'Points in the order of time.',
  fields: (t) => ({
    labels: t.expose('labels', { type: MetricLabelsRef, description: 'What tells it from the other series.' }),
    points: t.field({
      type: [MetricPointRef],
      description: 'One for each step of time in which something ended; for every one with `fill: true`.',
      complexity: { field: 1, multiplier: 20 },
      resolve: ({ points }) => [...points],
    }),
  }),
});

const readSeries = async (args: MetricArguments, { session }: ApiContext): Promise<MetricSeries[]> => {
  const nowMs = Date.now();
  const query = parseMetricQuery(args, nowMs);
  const cells = await session.read(query.tenantId, 'metric.read', (client) => readMetricCells(client, query));
  return toMetricSeries(query, cells, nowMs);
};

const METRICS = `Figures of what ended, by time: at most ${MAX_POINTS} points a series, ${MAX_SERIES} series and ${MAX_CELLS} points in all. The series with the most ends come first; \`isOther\` sums up the rest.`;
/** What is counted, and what tells series apart. */
export const SERIES_ARGUMENTS = builder.args((t) => ({
  of: t.field({ type: MetricSubjectEnum, description: 'Runs, or executions of steps. Runs when left out.' }),
  groupBy: t.field({
    type: [MetricDimensionEnum],
    required: false,
    description: 'What tells series apart; one series of all when left out.',
  }),
  topN: t.int({ description: 'How many series there are, beside the one of the others. 10 when left out.' }),
}));

/** Of which ends alone. */
export const FILTER_ARGUMENTS = builder.args((t) => ({
  pipelineId: t.id({ description: 'Only of this pipeline.' }),
  stepId: t.string({ description: 'Only of steps with this id.' }),
  status: t.field({ type: [MetricStatusEnum], required: false, description: 'Only what ended so.' }),
}));

const RANGE_ARGUMENTS = builder.args((t) => ({
  from: t.field({
    type: 'DateTime',
    description: 'The beginning of the range; a day before its end when left out. At most 400 days before it.',
  }),
  to: t.field({ type: 'DateTime', description: 'The end of the range; now when left out.' }),
  step: t.string({
    description:
      'The length of a step of time: whole minutes, such as `5m`, `1h` or `1d`; chosen to fit when left out. Steps are counted from 1970 in UTC, and the range is widened to whole steps. What is more than 7 days ago is there by the hour.',
  }),
  fill: t.boolean({ description: 'Whether points without any end are there too.' }),
}));

builder.objectField(TenantRef, 'metrics', (t) =>
  t.field({
    type: [MetricSeriesRef],
    description: METRICS,
    complexity: { field: 20, multiplier: 5 },
    args: { ...SERIES_ARGUMENTS, ...RANGE_ARGUMENTS, ...FILTER_ARGUMENTS },
    resolve: ({ id: tenantId }, { pipelineId, topN, fill, ...args }, context) =>
      readSeries(
        {
          tenantId,
          ...args,
          pipelineId: filterId('Pipeline', tenantId, pipelineId),
          maxSeries: topN,
          fillsEmpty: fill,
        },
        context,
      ),
  }),
);

builder.objectField(PipelineRef, 'metrics', (t) =>
  t.field({
    type: [MetricSeriesRef],
    description: `As \`Tenant.metrics\`, of this pipeline. ${METRICS}`,
    complexity: { field: 20, multiplier: 5 },
    args: { ...SERIES_ARGUMENTS, ...RANGE_ARGUMENTS },
    resolve: ({ tenantId, id: pipelineId }, { topN, fill, ...args }, context) =>
      readSeries({ tenantId, pipelineId, ...args, maxSeries: topN, fillsEmpty: fill }, context),
  }),
);

const TenantQueueRef = builder.objectRef<QueueFigures>('TenantQueue').implement({
  description: `Runs that have not ended, now. Each number is counted up to ${MAX_COUNTED}.`,
  fields: (t) => ({
    pending: t.exposeInt('pending', { description: 'Runs that nobody has begun.' }),
    running: t.exposeInt('running', { description: 'Runs at work.' }),
    waiting: t.exposeInt('waiting', { description: 'Runs that wait for a time, a signal, a person or another run.' }),
    oldestPendingAt: t.expose('oldestPendingAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when the oldest run waits to be begun; null when none does.',
    }),
  }),
});

builder.objectField(TenantRef, 'queue', (t) =>
  t.field({
    type: TenantQueueRef,
    description: 'What is open now, and how long it has waited to begin.',
    resolve: ({ id }, _args, { session }) => session.read(id, 'metric.read', (client) => readQueue(client, id)),
  }),
);
