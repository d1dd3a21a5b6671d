import type { ClientBase } from 'pg';
import { bucketOf } from './duration-histogram.ts';
import type { StepFigures } from './step-tally.ts';

/** A run that has ended, as its row says. */
export type EndedRun = {
  readonly runId: string;
  readonly tenantId: string;
  readonly pipelineId: string;
  readonly pipelineVersionId: string;
  readonly status: string;
  readonly durationMs: number;
  readonly finishedAt: Date;
  /** With that of the runs below it. */
  readonly costUsd: number;
};

/** What a run adds to the rollups: a row of its own, and one for each step and status. */
export type MeteredRun = {
  readonly run: EndedRun;
  /** Without the runs below it, which are counted themselves. */
  readonly ownCostUsd: number;
  readonly steps: readonly (StepFigures & { readonly uses: string })[];
};

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;

/** Histograms are added up bucket by bucket. */
const UPSERT = `insert into metric_rollups as kept
    (tenant_id, at, seconds, pipeline_id, step_id, uses, status, count, retries, duration_ms, cost_usd, histogram)
  select tenant_id, at, seconds, pipeline_id, step_id, uses, status, count, retries, duration_ms, cost_usd, histogram
  from json_to_recordset($1::json) as added (tenant_id uuid, at timestamptz, seconds integer, pipeline_id uuid, step_id text,
    uses text, status text, count bigint, retries bigint, duration_ms float8, cost_usd float8, histogram jsonb)
  order by tenant_id, at, seconds, pipeline_id, step_id, uses, status
  on conflict (tenant_id, at, seconds, pipeline_id, step_id, uses, status) do update set
    count = kept.count + excluded.count, retries = kept.retries + excluded.retries,
    duration_ms = kept.duration_ms + excluded.duration_ms, cost_usd = kept.cost_usd + excluded.cost_usd,
    histogram = (select jsonb_object_agg(bucket, number) from (
      select bucket, sum(number::bigint) as number from (
        select * from jsonb_each_text(kept.histogram) union all select * from jsonb_each_text(excluded.histogram)
      ) as counts (bucket, number) group by bucket) as merged)`;

/** Adds the figures of runs to the rows of the minute and the hour in which they ended. */
export const addToRollups = async (client: ClientBase, runs: readonly MeteredRun[]): Promise<void> => {
  const rows = new Map<string, RollupRow>();
  for (const metered of runs) {
    for (const seconds of [MINUTE_SECONDS, HOUR_SECONDS]) addRun(rows, metered, seconds);
  }
  if (rows.size === 0) return;
  await client.query(UPSERT, [JSON.stringify([...rows.values()])]);
};

/** In the database's words. */
type RollupRow = {
  readonly tenant_id: string;
  readonly at: string;
  readonly seconds: number;
  readonly pipeline_id: string;
  readonly step_id: string;
  readonly uses: string;
  readonly status: string;
  count: number;
  retries: number;
  duration_ms: number;
  cost_usd: number;
  readonly histogram: Record<string, number>;
};

type Figures = Pick<StepFigures, 'count' | 'retries' | 'durationMs' | 'costUsd' | 'histogram'>;

type Place = Pick<RollupRow, 'step_id' | 'uses' | 'status'>;

const addRun = (rows: Map<string, RollupRow>, { run, ownCostUsd, steps }: MeteredRun, seconds: number): void => {
  const spanMs = seconds * 1_000;
  const at = new Date(Math.floor(run.finishedAt.getTime() / spanMs) * spanMs).toISOString();
  const rowOf = (place: Place): RollupRow => {
    const key = JSON.stringify([run.tenantId, at, seconds, run.pipelineId, place.step_id, place.uses, place.status]);
    const found = rows.get(key);
    if (found !== undefined) return found;
    const created = {
      tenant_id: run.tenantId,
      at,
      seconds,
      pipeline_id: run.pipelineId,
      ...place,
      count: 0,
      retries: 0,
      duration_ms: 0,
      cost_usd: 0,
      histogram: {},
    };
    rows.set(key, created);
    return created;
  };
  const { durationMs, status } = run;
  const histogram = new Map([[bucketOf(durationMs), 1]]);
  const retries = steps.reduce((sum, step) => sum + step.retries, 0);
  addFigures(rowOf({ step_id: '', uses: '', status }), {
    count: 1,
    retries,
    durationMs,
    costUsd: ownCostUsd,
    histogram,
  });
  for (const step of steps) addFigures(rowOf({ step_id: step.stepId, uses: step.uses, status: step.status }), step);
};

const addFigures = (row: RollupRow, { count, retries, durationMs, costUsd, histogram }: Figures): void => {
  row.count += count;
  row.retries += retries;
  row.duration_ms += durationMs;
  row.cost_usd += costUsd;
  for (const [bucket, number] of histogram) row.histogram[bucket] = (row.histogram[bucket] ?? 0) + number;
};
