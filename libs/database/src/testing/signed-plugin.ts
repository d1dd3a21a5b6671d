import { manifestSchema } from '@ia-modules/plugin-sdk';
import {
  createSigningKeyPem,
  readSigningKey,
  type SigningKey,
  signVersion,
  type VersionIdentity,
  type VersionSignature,
} from '@ia-modules/plugin-signatures';
import type { ClientBase } from 'pg';

type Connection = Pick<ClientBase, 'query'>;

let testKey: SigningKey | undefined;

const TRUST = 'insert into registry_keys (key_id, public_key) values ($1, $2) on conflict do nothing';

/** Signs a version as a registry would, with a key of this process that the database then trusts. */
export const signForTests = async (connection: Connection, version: VersionIdentity): Promise<VersionSignature[]> => {
  testKey ??= readSigningKey(createSigningKeyPem());
  await connection.query(TRUST, [testKey.keyId, testKey.publicKey]);
  return [signVersion(version, testKey)];
};

export type InstalledTestPlugin = {
  readonly tenantId: string;
  readonly plugin: VersionIdentity;
  readonly grant: object;
};

const INSERT_PLUGIN = `insert into plugins (name, tenant_id, visibility, title, description, keywords, latest_version, updated_at)
  values ($1, $2, 'public', $1, '', '{}', $3, now()) on conflict (name) do nothing`;
const INSERT_VERSION = `insert into plugin_versions
    (plugin_name, version, tenant_id, visibility, integrity, manifest, readme, size_bytes, published_by, signatures)
  select $1, $2, p.tenant_id, 'public', $3, $4, '', 1000, 'tests', $5 from plugins p where p.name = $1 on conflict do nothing`;
const INSTALL = `insert into installations (id, tenant_id, plugin_name, version, integrity, "grant", installed_by)
  values (gen_random_uuid(), $1, $2, $3, $4, $5, 'tests') on conflict (tenant_id, plugin_name) do update set "grant" = excluded."grant"`;
const INSTALL_VERSION = `insert into installed_versions (tenant_id, plugin_name, version, integrity, "grant", installed_by)
  values ($1, $2, $3, $4, $5, 'tests')
  on conflict (tenant_id, plugin_name, version) do update set "grant" = excluded."grant"`;

/** Publishes a version, signed, unless it is there, and installs it, or changes its grant. The connection's role must bypass row-level security. */
export const installPlugin = async (connection: Connection, installed: InstalledTestPlugin): Promise<void> => {
  const { tenantId, plugin, grant } = installed;
  const { name, version, integrity } = plugin;
  const signatures = await signForTests(connection, plugin);
  const manifest = manifestSchema.parse({ apiVersion: 1, contributions: { steps: [{ name: 'any', title: 'Any' }] } });
  await connection.query(INSERT_PLUGIN, [name, tenantId, version]);
  await connection.query(INSERT_VERSION, [name, version, integrity, manifest, JSON.stringify(signatures)]);
  await connection.query(INSTALL, [tenantId, name, version, integrity, grant]);
  await connection.query(INSTALL_VERSION, [tenantId, name, version, integrity, grant]);
};
