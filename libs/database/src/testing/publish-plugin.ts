import { manifestSchema } from '@ia-modules/plugin-sdk';
import { Client } from 'pg';
import { signForTests } from './signed-plugin.ts';
import type { TestDatabase } from './test-database.ts';

export type PublishedPlugin = {
  readonly tenantId: string;
  readonly name: string;
  readonly version: string;
  readonly visibility: 'public' | 'private';
  readonly permissions?: {
    readonly net?: readonly string[];
    readonly secrets?: readonly string[];
    readonly blobs?: boolean;
  };
  readonly dependencies?: Readonly<Record<string, string>>;
};

export const integrityOf = (version: string): string =>
  `sha512-${Buffer.from(version.padEnd(64, '.')).toString('base64')}`;

/** Puts a plugin version into the catalogue with the registry's role, without a registry. */
export const publishPlugin = async ({ urls }: TestDatabase, plugin: PublishedPlugin): Promise<void> => {
  const { tenantId, name, version, visibility, permissions = {}, dependencies = {} } = plugin;
  const manifest = manifestSchema.parse({
    apiVersion: 1,
    contributions: {
      steps: [
        {
          name: 'analyze',
          title: 'Analyze',
          input: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
        },
      ],
      validators: [
        { name: 'readable', title: 'Readable', config: { type: 'object', properties: { grade: { type: 'number' } } } },
      ],
    },
    permissions,
    dependencies,
  });
  const client = new Client({ connectionString: urls.registry });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(`select set_config('app.tenant_id', $1, true)`, [tenantId]);
    await client.query(
      `insert into plugins (name, tenant_id, visibility, title, description, keywords, latest_version, updated_at)
       values ($1, $2, $3, $4, 'Counts words', '{text}', $5, now())
       on conflict (name) do update set latest_version = excluded.latest_version`,
      [name, tenantId, visibility, name.split('/')[1], version],
    );
    const integrity = integrityOf(version);
    const signatures = JSON.stringify(await signForTests(client, { name, version, integrity }));
    await client.query(
      `insert into plugin_versions
         (plugin_name, version, tenant_id, visibility, integrity, manifest, readme, size_bytes, published_by, signatures)
       values ($1, $2, $3, $4, $5, $6, '# Readme', 1000, 'tests', $7)`,
      [name, version, tenantId, visibility, integrity, JSON.stringify(manifest), signatures],
    );
    await client.query('commit');
  } finally {
    await client.end();
  }
};
