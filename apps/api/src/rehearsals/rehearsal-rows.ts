import type { Json } from '@ia-modules/engine';
import type { ContributionKind } from '@ia-modules/plugin-sdk';
import type { PoolClient } from 'pg';
import { type Keyset, keysetSql, type Page, SqlParameters } from '../page.ts';
import type { ValueBudget } from '../value-budget.ts';

export const REHEARSAL_STATUSES = ['pending', 'running', 'succeeded', 'failed', 'canceled'] as const;
export type RehearsalStatus = (typeof REHEARSAL_STATUSES)[number];

export const REHEARSAL_VERDICTS = [
  'same',
  'different',
  'new_error',
  'cured_error',
  'schema_refused',
  'not_comparable',
] as const;
export type RehearsalVerdict = (typeof REHEARSAL_VERDICTS)[number];

export type RehearsalRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly pluginName: string;
  readonly toVersion: string;
  readonly pipelineId: string | null;
  readonly stepId: string | null;
  readonly contribution: string | null;
  readonly maxSamples: number;
  readonly status: RehearsalStatus;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
  readonly requestedBy: string;
  readonly requestedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** Null until the samples are chosen. */
  readonly sampleCount: number | null;
  readonly fromVersions: readonly string[];
  readonly counts: Readonly<Record<RehearsalVerdict, number>>;
};

export type RehearsalSampleRow = {
  readonly rehearsalId: string;
  readonly tenantId: string;
  readonly position: number;
  readonly runId: string;
  readonly stepId: string | null;
  readonly iteration: string | null;
  readonly index: string | null;
  readonly part: string | null;
  readonly attempt: number;
  readonly kind: ContributionKind;
  readonly contribution: string;
  readonly fromVersion: string;
  readonly verdict: RehearsalVerdict | null;
  readonly reason: string | null;
  readonly differenceCount: number;
};

type SampleError = { readonly code: string; readonly name: string; readonly message: string };
export type SampleOutcome = { readonly output?: Json; readonly error?: SampleError };

export type SampleDifference = {
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed' | 'refused';
  readonly before?: Json;
  readonly after?: Json;
  readonly message?: string;
};

/** What a sample holds; by `<rehearsal>:<position>`. */
export type SampleValues = {
  readonly id: string;
  readonly input: Json;
  readonly recorded: SampleOutcome | null;
  readonly before: SampleOutcome | null;
  readonly after: SampleOutcome | null;
  readonly differences: readonly SampleDifference[] | null;
};

const COUNTS = REHEARSAL_VERDICTS.map(
  (verdict) => `'${verdict}', count(*) filter (where s.verdict = '${verdict}')`,
).join(', ');

const COLUMNS = `r.id, r.tenant_id as "tenantId", r.plugin_name as "pluginName", r.to_version as "toVersion",
  r.pipeline_id as "pipelineId", r.step_id as "stepId", r.contribution, r.max_samples as "maxSamples", r.status, r.error,
  r.requested_by as "requestedBy", r.requested_at as "requestedAt", r.started_at as "startedAt",
  r.finished_at as "finishedAt", r.sample_count as "sampleCount", judged.counts, judged.versions as "fromVersions"`;

const FROM = `from rehearsals r cross join lateral (
    select json_build_object(${COUNTS}) as counts,
      coalesce(array_agg(distinct s.from_version) filter (where s.from_version is not null), '{}') as versions
    from rehearsal_samples s where s.rehearsal_id = r.id
  ) as judged`;

const KEYSET: Keyset = {
  columns: [
    { column: 'r.requested_at', type: 'timestamptz' },
    { column: 'r.id', type: 'uuid' },
  ],
  order: 'desc',
};

export const fetchRehearsals = async (client: PoolClient, ids: readonly string[]): Promise<RehearsalRow[]> =>
  (await client.query<RehearsalRow>(`select ${COLUMNS} ${FROM} where r.id = any($1::uuid[])`, [ids])).rows;

export const listRehearsals = async (
  client: PoolClient,
  { tenantId, pluginName, page }: Readonly<{ tenantId: string; pluginName: string | null; page: Page }>,
): Promise<RehearsalRow[]> => {
  const parameters = new SqlParameters();
  const tenant = parameters.add(tenantId, 'uuid');
  const ofPlugin = pluginName === null ? 'true' : `r.plugin_name = ${parameters.add(pluginName, 'text')}`;
  const keyset = keysetSql(KEYSET, page, parameters);
  const sql = `select ${COLUMNS} ${FROM} where r.tenant_id = ${tenant} and ${ofPlugin} and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<RehearsalRow>(sql, parameters.values)).rows;
};

const SAMPLE_COLUMNS = `s.rehearsal_id as "rehearsalId", s.tenant_id as "tenantId", s.position, s.run_id as "runId",
  s.step_id as "stepId", s.iteration, s.item_index as index, s.part, s.attempt, s.kind, s.contribution,
  s.from_version as "fromVersion", s.verdict, s.reason, s.difference_count as "differenceCount"`;

const SAMPLE_KEYSET: Keyset = { columns: [{ column: 's.position', type: 'int' }], order: 'asc' };

export type SampleArguments = { readonly page: Page; readonly verdicts: readonly RehearsalVerdict[] | null };

/** The samples of many rehearsals in one statement, each list cut to the page. */
export const listSamples = async (
  client: PoolClient,
  { rehearsalIds, page, verdicts }: SampleArguments & { readonly rehearsalIds: readonly string[] },
): Promise<RehearsalSampleRow[]> => {
  const parameters = new SqlParameters();
  const parents = parameters.add(rehearsalIds, 'uuid[]');
  const judged = verdicts === null ? 'true' : `s.verdict = any(${parameters.add(verdicts, 'text[]')})`;
  const keyset = keysetSql(SAMPLE_KEYSET, page, parameters);
  const sql = `select child.* from unnest(${parents}) as parent (id) cross join lateral (
      select ${SAMPLE_COLUMNS} from rehearsal_samples s
      where s.rehearsal_id = parent.id and ${judged} and ${keyset.where} ${keyset.orderAndLimit}
    ) child`;
  return (await client.query<RehearsalSampleRow>(sql, parameters.values)).rows;
};

const NAMED = `from unnest($1::text[]) as asked (id) join rehearsal_samples s
  on s.rehearsal_id = split_part(asked.id, ':', 1)::uuid and s.position = split_part(asked.id, ':', 2)::int`;
const READ_SIZE = `select coalesce(sum(octet_length(concat(s.input, s.recorded, s.before, s.after, s.differences))), 0)::float8 as size
  ${NAMED}`;
const READ_VALUES = `select asked.id, s.input, s.recorded, s.before, s.after, s.differences ${NAMED}`;

export const sampleId = ({ rehearsalId, position }: RehearsalSampleRow): string => `${rehearsalId}:${position}`;

export const fetchSampleValues = async (
  client: PoolClient,
  ids: readonly string[],
  budget: ValueBudget,
): Promise<SampleValues[]> => {
  const { rows: sizes } = await client.query<{ size: number }>(READ_SIZE, [ids]);
  budget.spend(sizes[0]?.size ?? 0);
  return (await client.query<SampleValues>(READ_VALUES, [ids])).rows;
};
