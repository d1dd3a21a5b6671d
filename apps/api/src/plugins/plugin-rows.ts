import type { PluginGrant, PluginManifest } from '@ia-modules/plugin-sdk';
import type { Pool, PoolClient } from 'pg';
import { type CursorKey, type Keyset, keysetSql, type Page, SqlParameters } from '../page.ts';
import { likePattern } from '../pipelines/list-pipelines.ts';

export type PluginVersionRow = {
  readonly pluginName: string;
  readonly version: string;
  readonly visibility: 'public' | 'private';
  readonly integrity: string;
  readonly manifest: PluginManifest;
  readonly readme: string;
  readonly sizeBytes: number;
  readonly deprecated: string | null;
  readonly publishedAt: Date;
};

export type PluginRow = {
  readonly name: string;
  readonly visibility: 'public' | 'private';
  readonly title: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly latest: PluginVersionRow;
};

export type InstallationRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly pluginName: string;
  readonly version: string;
  readonly integrity: string;
  readonly grant: PluginGrant;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** A connection of a tenant, or the pool itself: then only what is public shows. */
export type CatalogueReader = Pool | PoolClient;

const VERSION_FIELDS = `v.plugin_name, v.version, v.visibility, v.integrity, v.manifest, v.readme, v.size_bytes,
  v.deprecated, v.published_at`;

const VERSION_COLUMNS = `v.plugin_name as "pluginName", v.version, v.visibility, v.integrity, v.manifest, v.readme,
  v.size_bytes as "sizeBytes", v.deprecated, v.published_at as "publishedAt"`;

const PLUGIN_COLUMNS = `p.name, p.visibility as "pluginVisibility", p.title, p.description, p.keywords,
  p.created_at as "createdAt", p.updated_at as "updatedAt", ${VERSION_COLUMNS}`;

const PLUGIN_TABLES = `plugins p join plugin_versions v on v.plugin_name = p.name and v.version = p.latest_version`;

const INSTALLATION_COLUMNS = `i.id, i.tenant_id as "tenantId", i.plugin_name as "pluginName", i.version, i.integrity,
  i.grant, i.created_at as "createdAt", i.updated_at as "updatedAt"`;

export type PluginOrder = { readonly field: 'name' | 'updatedAt'; readonly direction: Keyset['order'] };

const NAME = { column: 'p.name', type: 'text' } as const;

const PLUGIN_KEY_COLUMNS: Readonly<Record<PluginOrder['field'], Keyset['columns']>> = {
  name: [NAME],
  updatedAt: [{ column: 'p.updated_at', type: 'timestamptz' }, NAME],
};

/** How many values a cursor of this order holds. */
export const pluginKeyLength = (field: PluginOrder['field']): number => PLUGIN_KEY_COLUMNS[field].length;

/** What a cursor of this order holds. */
export const pluginKey =
  (field: PluginOrder['field']) =>
  ({ name, updatedAt }: PluginRow): CursorKey =>
    field === 'name' ? [name] : [updatedAt.toISOString(), name];

const PLUGIN_VERSION_KEYSET: Keyset = {
  columns: [
    { column: 'v.published_at', type: 'timestamptz' },
    { column: 'v.version', type: 'text' },
  ],
  order: 'desc',
};

const INSTALLATION_KEYSET: Keyset = { columns: [{ column: 'i.plugin_name', type: 'text' }], order: 'asc' };

type JoinedRow = Omit<PluginRow, 'latest' | 'visibility'> &
  PluginVersionRow & { readonly pluginVisibility: PluginRow['visibility'] };

const toPlugin = (row: JoinedRow): PluginRow => ({
  name: row.name,
  visibility: row.pluginVisibility,
  title: row.title,
  description: row.description,
  keywords: row.keywords,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  latest: row,
});

export const fetchPlugins = async (reader: CatalogueReader, names: readonly string[]): Promise<PluginRow[]> => {
  const sql = `select ${PLUGIN_COLUMNS} from ${PLUGIN_TABLES} where p.name = any($1::text[])`;
  return (await reader.query<JoinedRow>(sql, [names])).rows.map(toPlugin);
};

export const listPlugins = async (
  reader: CatalogueReader,
  { search, order, page }: Readonly<{ search: string | null; order: PluginOrder; page: Page }>,
): Promise<PluginRow[]> => {
  const parameters = new SqlParameters();
  const pattern = search === null ? null : parameters.add(likePattern(search), 'text');
  const keyset = keysetSql({ columns: PLUGIN_KEY_COLUMNS[order.field], order: order.direction }, page, parameters);
  const match =
    pattern === null
      ? 'true'
      : `(p.name ilike ${pattern} or p.title ilike ${pattern} or p.description ilike ${pattern}
          or array_to_string(p.keywords, ' ') ilike ${pattern})`;
  const sql = `select ${PLUGIN_COLUMNS} from ${PLUGIN_TABLES}
    where ${match} and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await reader.query<JoinedRow>(sql, parameters.values)).rows.map(toPlugin);
};

/** The versions of many plugins in one statement, each list cut to the page. */
export const listPluginVersions = async (
  reader: CatalogueReader,
  { names, page }: Readonly<{ names: readonly string[]; page: Page }>,
): Promise<PluginVersionRow[]> => {
  const parameters = new SqlParameters();
  const parents = parameters.add(names, 'text[]');
  const keyset = keysetSql(PLUGIN_VERSION_KEYSET, page, parameters);
  const sql = `select ${VERSION_COLUMNS} from unnest(${parents}) as parent (name) cross join lateral (
      select ${VERSION_FIELDS} from plugin_versions v
      where v.plugin_name = parent.name and ${keyset.where} ${keyset.orderAndLimit}
    ) v`;
  return (await reader.query<PluginVersionRow>(sql, parameters.values)).rows;
};

export const fetchPluginVersions = async (
  reader: CatalogueReader,
  name: string,
  versions: readonly string[],
): Promise<PluginVersionRow[]> => {
  const sql = `select ${VERSION_COLUMNS} from plugin_versions v where v.plugin_name = $1 and v.version = any($2::text[])`;
  return (await reader.query<PluginVersionRow>(sql, [name, versions])).rows;
};

export const fetchInstallations = async (client: PoolClient, ids: readonly string[]): Promise<InstallationRow[]> => {
  const sql = `select ${INSTALLATION_COLUMNS} from installations i where i.id = any($1::uuid[])`;
  return (await client.query<InstallationRow>(sql, [ids])).rows;
};

export const fetchInstallationsByPlugin = async (
  client: PoolClient,
  tenantId: string,
  names: readonly string[],
): Promise<InstallationRow[]> => {
  const sql = `select ${INSTALLATION_COLUMNS} from installations i
    where i.tenant_id = $1::uuid and i.plugin_name = any($2::text[])`;
  return (await client.query<InstallationRow>(sql, [tenantId, names])).rows;
};

export const listInstallations = async (
  client: PoolClient,
  { tenantId, page }: Readonly<{ tenantId: string; page: Page }>,
): Promise<InstallationRow[]> => {
  const parameters = new SqlParameters();
  const tenant = parameters.add(tenantId, 'uuid');
  const keyset = keysetSql(INSTALLATION_KEYSET, page, parameters);
  const sql = `select ${INSTALLATION_COLUMNS} from installations i
    where i.tenant_id = ${tenant} and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<InstallationRow>(sql, parameters.values)).rows;
};
