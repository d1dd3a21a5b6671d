import type { ClientBase } from 'pg';
import type { StepPlace } from './step-place.ts';

/** Of which result of a step one is asked for; `key` is a digest. */
export type ResultQuery = StepPlace & { readonly key: string };

export type StoredResult = {
  /** As JSON. */
  readonly output: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
};

export type NewResult = ResultQuery & StoredResult;

/** What the row of a result takes beside its output. */
const ROW_BYTES = 512;

const WRITE_RESULTS = {
  name: 'runtime_write_results',
  text: `insert into step_results (tenant_id, pipeline_id, step_id, key, output, size_bytes, expires_at)
    select tenant_id, pipeline_id, step_id, key, output::json, octet_length(output) + ${ROW_BYTES}, expires_at
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
      as made (tenant_id, pipeline_id, step_id, key, output, expires_at)
    on conflict (tenant_id, pipeline_id, step_id, key) do update set output = excluded.output,
      size_bytes = excluded.size_bytes, stored_at = excluded.stored_at, expires_at = excluded.expires_at`,
};

const READ_RESULTS = `select wanted.position::int - 1 as position, stored.output::text as output,
    stored.expires_at as "expiresAt"
  from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) with ordinality
    as wanted (tenant_id, pipeline_id, step_id, key, position)
  join step_results stored using (tenant_id, pipeline_id, step_id, key)
  where stored.expires_at > $5`;

/** Stores the last result of each key. */
export const writeResults = async (client: ClientBase, results: readonly NewResult[]): Promise<void> => {
  if (results.length === 0) return;
  const last = [...new Map(results.map((result) => [nameOf(result), result])).values()];
  await client.query({
    ...WRITE_RESULTS,
    values: [...toKeys(last), last.map(({ output }) => output), last.map(({ expiresAt }) => new Date(expiresAt))],
  });
};

/** Of each query the result that is stored and not over its time, if any. */
export const readResults = async (
  client: ClientBase,
  queries: readonly ResultQuery[],
  now: number,
): Promise<readonly (StoredResult | undefined)[]> => {
  const { rows } = await client.query<{ position: number; output: string; expiresAt: Date }>(READ_RESULTS, [
    ...toKeys(queries),
    new Date(now),
  ]);
  const found = new Map(rows.map(({ position, output, expiresAt }) => [position, { output, expiresAt: +expiresAt }]));
  return queries.map((_, position) => found.get(position));
};

const nameOf = ({ tenantId, pipelineId, stepId, key }: ResultQuery): string =>
  `${tenantId}/${pipelineId}/${stepId}/${key}`;

const toKeys = (queries: readonly ResultQuery[]): string[][] => [
  queries.map(({ tenantId }) => tenantId),
  queries.map(({ pipelineId }) => pipelineId),
  queries.map(({ stepId }) => stepId),
  queries.map(({ key }) => key),
];
