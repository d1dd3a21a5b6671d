import type { PluginReference } from '@ia-modules/engine';
import type { InstalledPlugin } from '@ia-modules/plugin-host';
import { type ErrorCode, grantSchema, PlatformError } from '@ia-modules/plugin-sdk';
import { withTenants } from '@ia-modules/runtime-postgres';
import type { Pool } from 'pg';
import type { Playable } from './replay-attempt.ts';

export type PlayableSource = {
  readonly pool: Pool;
  /** Brings a verified tarball onto this machine. */
  readonly installPlugin: (reference: PluginReference, signal: AbortSignal) => Promise<InstalledPlugin>;
};

type Wanted = {
  readonly tenantId: string;
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
};

type Admission = {
  readonly grant: unknown;
  readonly isLetIn: boolean;
  readonly blockCode: ErrorCode | null;
  readonly blockReason: string | null;
};

const READ_ADMISSION = `select i."grant", is_plugin_let_in($1, $2) as "isLetIn", b.code as "blockCode", b.reason as "blockReason"
  from installations i left join lateral (select * from plugin_blocks_of($2, $3) limit 1) b on true
  where i.tenant_id = $1 and i.plugin_name = $2`;
const READ_INSTALLED = 'select version, integrity from installations where tenant_id = $1 and plugin_name = $2';

/**
 * Brings a version here that a tenant may rehearse: its plugin is installed there, and nothing stands against the version. The version
 * itself need not be installed: it gets neither hosts nor secrets, and bytes only where the tenant lets the plugin have them.
 *
 * @throws PlatformError IA_PLUGIN_NOT_INSTALLED, IA_PLUGIN_NOT_ALLOWED, IA_PLUGIN_ADVISORY, IA_PLUGIN_TAKEN_DOWN, and what loading throws
 */
export const findPlayable = async (
  { pool, installPlugin }: PlayableSource,
  { tenantId, name, version, integrity }: Wanted,
  signal: AbortSignal,
): Promise<Playable> => {
  const { rows } = await withTenants(pool, [tenantId], (client) =>
    client.query<Admission>(READ_ADMISSION, [tenantId, name, version]),
  );
  const [admission] = rows;
  if (admission === undefined) throw refusal('IA_PLUGIN_NOT_INSTALLED', `${name} is not installed in this tenant.`);
  if (!admission.isLetIn) throw refusal('IA_PLUGIN_NOT_ALLOWED', `The rules of the tenant keep ${name} out.`);
  if (admission.blockCode !== null) {
    throw refusal(admission.blockCode, `${name}@${version} starts nowhere: ${admission.blockReason ?? ''}.`);
  }
  const plugin = await installPlugin({ name, version, integrity }, signal);
  return { plugin, mayReadBlobs: grantSchema.parse(admission.grant).blobs };
};

/** The version of another plugin that the tenant has installed. @throws PlatformError as {@link findPlayable} */
export const findInstalled = async (
  source: PlayableSource,
  { tenantId, name }: Pick<Wanted, 'tenantId' | 'name'>,
  signal: AbortSignal,
): Promise<Playable> => {
  const { rows } = await withTenants(source.pool, [tenantId], (client) =>
    client.query<{ version: string; integrity: string }>(READ_INSTALLED, [tenantId, name]),
  );
  const [installed] = rows;
  if (installed === undefined) throw refusal('IA_PLUGIN_NOT_INSTALLED', `${name} is not installed in this tenant.`);
  return await findPlayable(source, { tenantId, name, ...installed }, signal);
};

const refusal = (code: ErrorCode, message: string): PlatformError => new PlatformError({ code, message });
