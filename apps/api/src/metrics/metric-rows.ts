import type { PoolClient } from 'pg';
import type { DurationHistogram } from '@ia-modules/runtime-postgres';
import { SqlParameters } from '../page.ts';
import type { MetricDimension, MetricQuery } from './metric-query.ts';

/** One point of one series, out of the rollups. */
export type MetricCell = {
  /** 1 for the largest series; 0 for all that are not among the largest. */
  readonly place: number;
  /** In the order of the query's dimensions; null in the series of the others. */
  readonly labels: readonly string[] | null;
  readonly at: Date;
  readonly count: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly canceled: number;
  readonly retries: number;
  readonly durationMs: number;
  readonly costUsd: number;
  readonly histogram: DurationHistogram;
};

const COLUMNS: Readonly<Record<MetricDimension, string>> = {
  pipeline: 'm.pipeline_id::text',
  status: 'm.status',
  step: 'm.step_id',
  uses: 'm.uses',
};

/** Reads what a query asks for, in one statement: series by their number of ends, points by time. */
export const readMetricCells = async (client: PoolClient, query: MetricQuery): Promise<readonly MetricCell[]> => {
  const parameters = new SqlParameters();
  const text = toSql(query, parameters);
  return (await client.query<MetricCell>(text, parameters.values)).rows;
};

const toSql = (query: MetricQuery, parameters: SqlParameters): string => {
  const step = `make_interval(secs => ${parameters.add(query.stepSeconds, 'int')})`;
  const labels = query.groupBy.map((dimension) => COLUMNS[dimension]);
  const maxSeries = parameters.add(query.maxSeries, 'int');
  return `with picked as (
    select date_bin(${step}, m.at, '1970-01-01Z') as at, array[${labels.join(', ')}]::text[] as labels, m.status, m.count,
      m.retries, m.duration_ms, m.cost_usd, m.histogram
    from metric_rollups m where ${conditionsOf(query, parameters).join(' and ')}
  ), ranked as (
    select labels, row_number() over (order by sum(count) desc, labels) as rank from picked group by labels
  ), placed as (
    select p.*, case when r.rank <= ${maxSeries} then r.rank::int else 0 end as place
    from picked p join ranked r using (labels)
  ), histograms as (
    select place, at, jsonb_object_agg(bucket, number) as histogram from (
      select p.place, p.at, h.key as bucket, sum(h.value::bigint) as number
      from placed p cross join jsonb_each_text(p.histogram) h group by 1, 2, 3
    ) counts group by place, at
  ), cells as (
    select place, at, case when place = 0 then null else min(labels) end as labels, sum(count)::float8 as count,
      coalesce(sum(count) filter (where status = 'succeeded'), 0)::float8 as succeeded,
      coalesce(sum(count) filter (where status = 'failed'), 0)::float8 as failed,
      coalesce(sum(count) filter (where status = 'canceled'), 0)::float8 as canceled,
      sum(retries)::float8 as retries, sum(duration_ms) as "durationMs", sum(cost_usd) as "costUsd"
    from placed group by place, at
  )
  select c.*, coalesce(h.histogram, '{}') as histogram from cells c left join histograms h using (place, at)
  order by c.place = 0, c.place, c.at`;
};

/** Ranges come first in an index of runs alone, or of one pipeline. */
const conditionsOf = (query: MetricQuery, parameters: SqlParameters): string[] => [
  `m.tenant_id = ${parameters.add(query.tenantId, 'uuid')}`,
  `m.seconds = ${parameters.add(query.rowSeconds, 'int')}`,
  `m.at >= ${parameters.add(query.from, 'timestamptz')}`,
  `m.at < ${parameters.add(query.to, 'timestamptz')}`,
  query.subject === 'runs' ? `m.step_id = ''` : `m.step_id <> ''`,
  ...(query.pipelineId === null ? [] : [`m.pipeline_id = ${parameters.add(query.pipelineId, 'uuid')}`]),
  ...(query.stepId === null ? [] : [`m.step_id = ${parameters.add(query.stepId, 'text')}`]),
  ...(query.status === null ? [] : [`m.status = any(${parameters.add([...query.status], 'text[]')})`]),
];
