import type { PluginManifest } from '@ia-modules/plugin-sdk';
import type { Json } from '@ia-modules/engine';
import type { PoolClient } from 'pg';
import semver from 'semver';

/** A version of a plugin that the tenant has agreed to: definitions may use it. */
export type InstalledPlugin = {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  /** Whether it is the one for those who name no range. */
  readonly isDefault: boolean;
  readonly manifest: Partial<PluginManifest>;
};

/** The highest installed version in a range; without a range the default one. */
export const pickInstalled = (
  installed: readonly InstalledPlugin[],
  name: string,
  range: string,
): InstalledPlugin | undefined => {
  const versions = installed.filter((plugin) => plugin.name === name);
  if (range === '*') return versions.find(({ isDefault }) => isDefault);
  const highest = semver.maxSatisfying(
    versions.map(({ version }) => version),
    range,
    { includePrerelease: true },
  );
  return versions.find(({ version }) => version === highest);
};

/** Of a version that a definition does not name, no more than what it needs in turn. */
const READ_INSTALLED = `select v.plugin_name as name, v.version, v.integrity, i.version = v.version as "isDefault",
    case when i.version = v.version or $2::text is null or position(v.plugin_name in $2) > 0 then m.manifest
      else jsonb_build_object('dependencies', coalesce(m.manifest -> 'dependencies', '{}')) end as manifest
  from installed_versions v
  join installations i on i.tenant_id = v.tenant_id and i.plugin_name = v.plugin_name
  join plugin_versions m on m.plugin_name = v.plugin_name and m.version = v.version
  where v.tenant_id = $1::uuid order by v.plugin_name, v.version`;

/** Reads what a definition may use; the manifests of versions beside the default one only where `source` may name them. */
export const readInstalledPlugins = async (
  client: PoolClient,
  { tenantId, source }: Readonly<{ tenantId: string; source: Json | undefined }>,
): Promise<InstalledPlugin[]> => {
  const text = typeof source === 'string' ? source : JSON.stringify(source);
  // A name may stand in it with escapes.
  const searched = text === undefined || text.includes('\\') ? null : text;
  return (await client.query<InstalledPlugin>(READ_INSTALLED, [tenantId, searched])).rows;
};

const READ_AVAILABLE = `select plugin_name as name, array_agg(version) as versions from (
    select v.plugin_name, v.version, row_number() over (partition by v.plugin_name order by v.published_at desc) as place
    from plugin_versions v where v.plugin_name = any($1::text[]) and v.deprecated is null) x
  where place <= 200 group by plugin_name`;

/** The versions of packages that the marketplace has; an empty list for those that it has not. */
export const readAvailable = async (
  client: PoolClient,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const { rows } = await client.query<{ name: string; versions: readonly string[] }>(READ_AVAILABLE, [names]);
  return new Map([
    ...names.map((name) => [name, []] as const),
    ...rows.map((row) => [row.name, row.versions] as const),
  ]);
};
