import type { PluginGrant } from '@ia-modules/plugin-sdk';
import type { Pool, PoolClient } from 'pg';
import { type Keyset, keysetSql, type Page, SqlParameters } from '../page.ts';

/** Without what is large: see version-details.ts. */
export type PluginVersionRow = {
  readonly pluginName: string;
  readonly version: string;
  /** Of its owner. */
  readonly tenantId: string;
  readonly visibility: 'public' | 'private';
  readonly integrity: string;
  readonly sizeBytes: number;
  readonly deprecated: string | null;
  /** What to use in its place: a package name, with a range or without. */
  readonly replacement: string | null;
  readonly publishedAt: Date;
};

export type PluginRow = {
  readonly name: string;
  readonly visibility: 'public' | 'private';
  readonly title: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly category: string;
  /** The versions of the platform that its latest version works with; null: any. */
  readonly platformRange: string | null;
  readonly installCount: number;
  readonly downloadCount: number;
  /** Thousandths, with a few ratings in the middle added. */
  readonly rating: number;
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

const VERSION_FIELDS = `v.plugin_name, v.version, v.tenant_id, v.visibility, v.integrity, v.size_bytes, v.deprecated, v.replacement,
  v.published_at`;

const VERSION_COLUMNS = `v.plugin_name as "pluginName", v.version, v.tenant_id as "tenantId", v.visibility, v.integrity,
  v.size_bytes as "sizeBytes", v.deprecated, v.replacement, v.published_at as "publishedAt"`;

const PLUGIN_COLUMNS = `p.name, p.visibility as "pluginVisibility", p.title, p.description, p.keywords, p.category,
  p.platform_range as "platformRange", p.install_count as "installCount", p.download_count::float8 as "downloadCount",
  plugin_rating(p.rating_sum, p.rating_count) as rating, p.created_at as "createdAt", p.updated_at as "updatedAt",
  ${VERSION_COLUMNS}`;

const PLUGIN_TABLES = `plugins p join plugin_versions v on v.plugin_name = p.name and v.version = p.latest_version`;

const INSTALLATION_COLUMNS = `i.id, i.tenant_id as "tenantId", i.plugin_name as "pluginName", i.version, i.integrity,
  i.grant, i.created_at as "createdAt", i.updated_at as "updatedAt"`;

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

const toPlugin = ({ pluginVisibility, ...row }: JoinedRow): PluginRow => ({
  ...row,
  visibility: pluginVisibility,
  latest: row,
});

export const fetchPlugins = async (reader: CatalogueReader, names: readonly string[]): Promise<PluginRow[]> => {
  const sql = `select ${PLUGIN_COLUMNS} from ${PLUGIN_TABLES} where p.name = any($1::text[])`;
  return (await reader.query<JoinedRow>(sql, [names])).rows.map(toPlugin);
};

/** `from` brings more tables and stands before, `where` behind those of plugins. */
export const queryPlugins = async (
  reader: CatalogueReader,
  {
    columns,
    from,
    where,
    parameters,
  }: Readonly<{ columns: string; from: string; where: string; parameters: SqlParameters }>,
): Promise<PluginRow[]> => {
  const sql = `select ${PLUGIN_COLUMNS}${columns} from ${from} ${PLUGIN_TABLES} where ${where}`;
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
