import { grantSchema, type PluginGrant, PlatformError } from '@ia-modules/plugin-sdk';
import { withTenants } from '@ia-modules/runtime-postgres';
import type { Pool } from 'pg';
import { retry } from './retry.ts';

export type GrantQuery = { readonly tenantId: string; readonly pluginName: string; readonly signal: AbortSignal };

const READ_GRANT = 'select "grant" from installations where tenant_id = $1 and plugin_name = $2';

/**
 * Reads what a tenant allows a plugin now: asked for each attempt, so that an uninstalled plugin stops at once. A
 * database that does not answer is waited for.
 * @throws PlatformError IA_PLUGIN_NOT_INSTALLED
 */
export const readGrant = async (pool: Pool, { tenantId, pluginName, signal }: GrantQuery): Promise<PluginGrant> => {
  const { rows } = await retry(
    { signal, maxAttempts: Number.POSITIVE_INFINITY, isTransient: () => !signal.aborted },
    () =>
      withTenants(pool, [tenantId], (client) => client.query<{ grant: unknown }>(READ_GRANT, [tenantId, pluginName])),
  );
  if (rows[0] !== undefined) return grantSchema.parse(rows[0].grant);
  throw new PlatformError({
    code: 'IA_PLUGIN_NOT_INSTALLED',
    message: `The plugin ${pluginName} is not installed in this tenant.`,
    hint: 'Install it and grant what it asks for, then start the run again.',
  });
};
