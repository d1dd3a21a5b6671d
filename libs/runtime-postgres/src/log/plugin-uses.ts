import type { PluginReference } from '@ia-modules/engine';
import type { Pool, QueryConfig } from 'pg';
import { withTenants } from '../database/tenants-transaction.ts';

/** That a run begins to use a version of a plugin. */
export type PluginUse = {
  readonly tenantId: string;
  readonly runId: string;
  readonly plugin: PluginReference;
};

const WRITE_USES = {
  name: 'runtime_write_plugin_uses',
  text: `insert into plugin_uses (tenant_id, run_id, plugin_name, version, integrity, pipeline_id, pipeline_version_id)
    select runs.tenant_id, runs.id, used.name, used.version, used.integrity, runs.pipeline_id, runs.pipeline_version_id
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[]) as used (tenant_id, run_id, name, version, integrity)
    join runs on runs.tenant_id = used.tenant_id and runs.id = used.run_id and runs.id = any($2::uuid[])
    on conflict do nothing`,
};

/** Names a version among those of a run. */
export const versionKey = ({ name, version }: Pick<PluginReference, 'name' | 'version'>): string =>
  `${name}@${version}`;

/** Stores what is not stored yet, in a transaction that sees the tenants. */
export const pluginUsesQuery = (uses: readonly PluginUse[]): QueryConfig => ({
  ...WRITE_USES,
  values: [
    uses.map(({ tenantId }) => tenantId),
    uses.map(({ runId }) => runId),
    uses.map(({ plugin }) => plugin.name),
    uses.map(({ plugin }) => plugin.version),
    uses.map(({ plugin }) => plugin.integrity),
  ],
});

/**
 * Records the use of a plugin that no event tells of: one that another plugin calls, a reporter, an exporter. Its code runs
 * after this has resolved.
 */
export const recordPluginUse = (pool: Pool, use: PluginUse): Promise<void> =>
  withTenants(pool, [use.tenantId], async (client) => {
    await client.query(pluginUsesQuery([use]));
  });
