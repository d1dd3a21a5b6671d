import type { PluginReference } from '@ia-modules/engine';
import type { PluginAdmission } from '@ia-modules/plugin-admission';
import type { InstalledPlugin } from '@ia-modules/plugin-host';
import { grantSchema, PlatformError } from '@ia-modules/plugin-sdk';
import { withTenants } from '@ia-modules/runtime-postgres';
import type { Pool } from 'pg';
import type { Playable } from './replay-attempt.ts';

export type PlayableSource = {
  readonly pool: Pool;
  /** Says what stands against a version, its signature included. */
  readonly admission: Pick<PluginAdmission, 'check'>;
  /** Brings a verified tarball onto this machine. */
  readonly installPlugin: (reference: PluginReference, signal: AbortSignal) => Promise<InstalledPlugin>;
};

type Wanted = {
  readonly tenantId: string;
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
};

type Known = { readonly grant: unknown; readonly integrity: string };

const READ_KNOWN = `select i."grant", v.integrity
  from installations i join plugin_versions v on v.plugin_name = i.plugin_name and v.version = $3
  where i.tenant_id = $1 and i.plugin_name = $2`;
const READ_INSTALLED = 'select version, integrity from installations where tenant_id = $1 and plugin_name = $2';

/**
 * Brings a version here that a tenant may rehearse: its plugin is installed there, and it may be installed itself. It need not be: it
 * gets neither hosts nor secrets, and bytes only where the tenant lets the plugin have them.
 *
 * @throws PlatformError IA_PLUGIN_NOT_INSTALLED, what stands against the version, and what loading it throws
 */
export const findPlayable = async (
  { pool, installPlugin, admission }: PlayableSource,
  { tenantId, name, version, integrity }: Wanted,
  signal: AbortSignal,
): Promise<Playable> => {
  const { rows } = await withTenants(pool, [tenantId], (client) =>
    client.query<Known>(READ_KNOWN, [tenantId, name, version]),
  );
  const [known] = rows;
  if (known === undefined) throw notInstalled(name);
  if (known.integrity !== integrity) throw otherTarball(`${name}@${version}`);
  await admission.check({ tenantId, name, version });
  const plugin = await installPlugin({ name, version, integrity }, signal);
  return { plugin, mayReadBlobs: grantSchema.parse(known.grant).blobs };
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
  if (installed === undefined) throw notInstalled(name);
  return await findPlayable(source, { tenantId, name, ...installed }, signal);
};

const notInstalled = (name: string): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_NOT_INSTALLED',
    message: `${name} is not installed in this tenant.`,
    hint: 'Install it, and grant what it asks for.',
  });

const otherTarball = (what: string): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_INTEGRITY',
    message: `What the catalogue has as ${what} is not the tarball that is meant.`,
    hint: 'Somebody changed the catalogue. Tell the operator of the platform.',
  });
