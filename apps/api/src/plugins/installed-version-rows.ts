import type { PluginGrant } from '@ia-modules/plugin-sdk';
import type { PoolClient } from 'pg';
import semver from 'semver';

/** A version of a plugin that a tenant has agreed to. */
export type InstalledVersionRow = {
  readonly tenantId: string;
  readonly pluginName: string;
  readonly version: string;
  readonly integrity: string;
  readonly grant: PluginGrant;
  readonly isDefault: boolean;
  readonly installedAt: Date;
  /** Pipelines whose newest revision pins it. */
  readonly pipelineCount: number;
};

export type InstalledVersions = { readonly pluginName: string; readonly versions: readonly InstalledVersionRow[] };

const READ_VERSIONS = `with pins as (
    select pinned.value ->> 'name' as name, pinned.value ->> 'version' as version, count(distinct p.id)::int as pipelines
    from pipelines p
    join pipeline_versions v on v.tenant_id = p.tenant_id and v.pipeline_id = p.id and v.revision = p.revision
    cross join lateral jsonb_each(v.resolved_plugins) as pinned
    where p.tenant_id = $1::uuid and p.archived_at is null and pinned.value ->> 'name' = any($2::text[])
    group by 1, 2
  )
  select v.tenant_id as "tenantId", v.plugin_name as "pluginName", v.version, v.integrity, v."grant",
    v.installed_at as "installedAt", i.version = v.version as "isDefault", coalesce(pins.pipelines, 0) as "pipelineCount"
  from installed_versions v join installations i on i.tenant_id = v.tenant_id and i.plugin_name = v.plugin_name
  left join pins on pins.name = v.plugin_name and pins.version = v.version
  where v.tenant_id = $1::uuid and v.plugin_name = any($2::text[])`;

/** The installed versions of plugins, the highest first. */
export const fetchInstalledVersions = async (
  client: PoolClient,
  tenantId: string,
  names: readonly string[],
): Promise<InstalledVersions[]> => {
  const { rows } = await client.query<InstalledVersionRow>(READ_VERSIONS, [tenantId, names]);
  return names.map((pluginName) => ({
    pluginName,
    versions: rows
      .filter((row) => row.pluginName === pluginName)
      .toSorted((one, other) => semver.rcompare(one.version, other.version)),
  }));
};
