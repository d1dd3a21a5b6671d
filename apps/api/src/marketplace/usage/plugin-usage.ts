import type { Pool, PoolClient } from 'pg';
import type { ApiContext } from '../../context.ts';
import { type Connection, type Page, parsePage, type PageArguments, toConnection } from '../../page.ts';
import { readAsOperator } from '../operator.ts';
import type { UsedPlugin } from './used-plugins.ts';

/** Who has used versions of a plugin: within a tenant, or, with null, everywhere, which the operator alone may ask. */
export type PluginUsage = {
  readonly name: string;
  readonly versions: readonly string[];
  readonly tenantId: string | null;
};

export type UsingRun = {
  readonly tenantId: string;
  readonly runId: string;
  readonly pipelineId: string;
  readonly plugin: UsedPlugin;
  readonly usedAt: Date;
};

export type UsingPipeline = { readonly tenantId: string; readonly pipelineId: string };

type RunRow = Omit<UsingRun, 'plugin'> & Omit<UsedPlugin, 'name'>;

const RUN_COLUMNS = `tenant_id as "tenantId", run_id as "runId", pipeline_id as "pipelineId", version, integrity,
  used_at as "usedAt"`;

const read = <T>(
  context: ApiContext,
  { tenantId }: PluginUsage,
  work: (client: Pool | PoolClient) => Promise<T>,
): Promise<T> => (tenantId === null ? readAsOperator(context, work) : context.session.read(tenantId, 'run.read', work));

/** The same functions, of which the operator's see every tenant. */
const functionOf = (name: string, { tenantId }: PluginUsage): string => (tenantId === null ? `${name}_across` : name);

const pageOf = (
  list: string,
  { tenantId, name, versions }: PluginUsage,
  { args, keyLength }: Readonly<{ args: PageArguments; keyLength: number }>,
): Page => parsePage(list, args, keyLength, JSON.stringify([tenantId, name, versions]));

/** Runs, the latest use first, each once. */
export const listUsingRuns = async (
  context: ApiContext,
  usage: PluginUsage,
  args: PageArguments,
): Promise<Connection<UsingRun>> => {
  const page = pageOf('runs of a plugin', usage, { args, keyLength: 2 });
  const [below, above] = [page.after ?? [null, null], page.before ?? [null, null]];
  const values = [usage.name, usage.versions, ...below, ...above, page.isBackward, page.limit + 1];
  const sql = `select ${RUN_COLUMNS} from ${functionOf('runs_using', usage)}($1, $2, $3, $4, $5, $6, $7, $8)`;
  const { rows } = await read(context, usage, (client) => client.query<RunRow>(sql, values));
  const runs = rows.map(({ version, integrity, ...row }) => ({
    ...row,
    plugin: { name: usage.name, version, integrity },
  }));
  return toConnection(page, runs, ({ usedAt, runId }) => [usedAt.toISOString(), runId]);
};

type PlacesQuery = {
  readonly page: Page;
  /** Strictly between these two; null: from the first, to the last. */
  readonly above: readonly (string | number | null)[];
  readonly below: readonly (string | number | null)[];
  /** Only one pipeline of each tenant. */
  readonly isByTenant: boolean;
};

const readPlaces = async (
  context: ApiContext,
  usage: PluginUsage,
  { page, above, below, isByTenant }: PlacesQuery,
): Promise<readonly UsingPipeline[]> => {
  const values = [usage.name, usage.versions, ...above, ...below, page.isBackward, isByTenant, page.limit + 1];
  const sql = `select tenant_id as "tenantId", pipeline_id as "pipelineId"
    from ${functionOf('pipelines_using', usage)}($1, $2, $3, $4, $5, $6, $7, $8, $9)`;
  return (await read(context, usage, (client) => client.query<UsingPipeline>(sql, values))).rows;
};

const NOWHERE = [null, null] as const;

/** A tenant is passed with all of its pipelines. */
const LOWEST = '00000000-0000-0000-0000-000000000000';
const HIGHEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export const listUsingPipelines = async (
  context: ApiContext,
  usage: PluginUsage,
  args: PageArguments,
): Promise<Connection<UsingPipeline>> => {
  const page = pageOf('pipelines of a plugin', usage, { args, keyLength: 2 });
  const [above, below] = [page.after ?? NOWHERE, page.before ?? NOWHERE];
  const rows = await readPlaces(context, usage, { page, above, below, isByTenant: false });
  return toConnection(page, rows, ({ tenantId, pipelineId }) => [tenantId, pipelineId]);
};

/** Tenants, each with the first of its pipelines. */
export const listUsingTenants = async (
  context: ApiContext,
  usage: PluginUsage,
  args: PageArguments,
): Promise<Connection<UsingPipeline>> => {
  const page = pageOf('tenants of a plugin', usage, { args, keyLength: 1 });
  const above = page.after === null ? NOWHERE : [...page.after, HIGHEST];
  const below = page.before === null ? NOWHERE : [...page.before, LOWEST];
  const rows = await readPlaces(context, usage, { page, above, below, isByTenant: true });
  return toConnection(page, rows, ({ tenantId }) => [tenantId]);
};

type NamedRow = { readonly id: string; readonly name: string; readonly slug: string };

/** Names of what the operator sees in other tenants. */
export const readNames = async (
  context: ApiContext,
  of: 'tenants' | 'pipelines',
  ids: readonly string[],
): Promise<ReadonlyMap<string, NamedRow>> => {
  const sql = of === 'tenants' ? 'select * from names_of_tenants($1)' : 'select * from names_of_pipelines($1)';
  const { rows } = await readAsOperator(context, (client) => client.query<NamedRow>(sql, [ids]));
  return new Map(rows.map((row) => [row.id, row]));
};
