import type { Json } from '@ia-modules/engine';
import type { PoolClient } from 'pg';
import { type Keyset, keysetSql, type Page, SqlParameters } from '../page.ts';

/** A package that an alias resolved to, as it is stored with a version. */
export type PinnedPlugin = { readonly name: string; readonly version: string; readonly integrity: string };

export type PipelineVersionRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly pipelineId: string;
  readonly revision: number;
  readonly version: string;
  readonly definition: Json;
  readonly resolvedPlugins: Readonly<Record<string, PinnedPlugin>>;
  readonly createdBy: string;
  readonly createdAt: Date;
};

export type PipelineRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly revision: number;
  readonly version: string;
  readonly latestVersionId: string;
  readonly archivedAt: Date | null;
  /** Null: as many as its tenant may have. */
  readonly maxConcurrentRuns: number | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** The version of a dry run: it is in no table. */
  readonly unsavedVersion?: PipelineVersionRow;
};

export const PIPELINE_COLUMNS = `p.id, p.tenant_id as "tenantId", p.name, p.revision, v.version, v.id as "latestVersionId",
  p.archived_at as "archivedAt", p.max_concurrent_runs as "maxConcurrentRuns", p.created_at as "createdAt", p.updated_at as "updatedAt"`;

export const PIPELINE_TABLES = `pipelines p join pipeline_versions v
  on v.tenant_id = p.tenant_id and v.pipeline_id = p.id and v.revision = p.revision`;

const VERSION_COLUMNS = `v.id, v.tenant_id as "tenantId", v.pipeline_id as "pipelineId", v.revision, v.version, v.definition,
  v.resolved_plugins as "resolvedPlugins", v.created_by as "createdBy", v.created_at as "createdAt"`;

const VERSION_KEYSET: Keyset = { columns: [{ column: 'v.revision', type: 'int' }], order: 'desc' };

export const fetchPipelines = async (client: PoolClient, ids: readonly string[]): Promise<PipelineRow[]> => {
  const sql = `select ${PIPELINE_COLUMNS} from ${PIPELINE_TABLES} where p.id = any($1::uuid[])`;
  return (await client.query<PipelineRow>(sql, [ids])).rows;
};

export const fetchPipelineVersions = async (
  client: PoolClient,
  ids: readonly string[],
): Promise<PipelineVersionRow[]> => {
  const sql = `select ${VERSION_COLUMNS} from pipeline_versions v where v.id = any($1::uuid[])`;
  return (await client.query<PipelineVersionRow>(sql, [ids])).rows;
};

type NumberedVersion = { readonly pipelineId: string; readonly number: string };

/** Of texts such as `<pipeline>:7` or `<pipeline>:1.2.0`. */
const toNumbered = (key: string): NumberedVersion => {
  const at = key.indexOf(':');
  return { pipelineId: key.slice(0, at), number: key.slice(at + 1) };
};

/** The versions with these numbers: the platform's own, or the author's. */
export const fetchNumberedVersions = async (
  client: PoolClient,
  { tenantId, keys, by }: Readonly<{ tenantId: string; keys: readonly string[]; by: 'revision' | 'version' }>,
): Promise<PipelineVersionRow[]> => {
  const wanted = keys.map(toNumbered);
  const sql = `select ${VERSION_COLUMNS} from unnest($2::uuid[], $3::${by === 'revision' ? 'int' : 'text'}[]) as wanted (id, number)
    join pipeline_versions v on v.tenant_id = $1::uuid and v.pipeline_id = wanted.id and v.${by} = wanted.number`;
  const values = [tenantId, wanted.map(({ pipelineId }) => pipelineId), wanted.map(({ number }) => number)];
  return (await client.query<PipelineVersionRow>(sql, values)).rows;
};

/** The versions of many pipelines in one statement, each list cut to the page. */
export const listPipelineVersions = async (
  client: PoolClient,
  { pipelineIds, page }: Readonly<{ pipelineIds: readonly string[]; page: Page }>,
): Promise<PipelineVersionRow[]> => {
  const parameters = new SqlParameters();
  const parents = parameters.add(pipelineIds, 'uuid[]');
  const keyset = keysetSql(VERSION_KEYSET, page, parameters);
  const sql = `select child.* from unnest(${parents}) as parent (id) cross join lateral (
      select ${VERSION_COLUMNS} from pipeline_versions v
      where v.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid and v.pipeline_id = parent.id
        and ${keyset.where} ${keyset.orderAndLimit}
    ) child`;
  return (await client.query<PipelineVersionRow>(sql, parameters.values)).rows;
};
