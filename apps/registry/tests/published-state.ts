import { createHash } from 'node:crypto';
import type { DocumentStore } from '@ia-modules/blobs';
import type { Client } from 'pg';
import { z } from 'zod';

const documentSchema = z.object({
  'dist-tags': z.record(z.string(), z.string()),
  versions: z.record(z.string(), z.object({ dist: z.object({ integrity: z.string(), tarball: z.string() }) })),
});

export type PublishedState = Readonly<{
  /** `version integrity` of what the catalogue, npm clients and the tarballs' own bytes say. */
  catalogue: readonly string[];
  served: readonly string[];
  tarballs: readonly string[];
  /** Tarballs in the storage. */
  files: readonly string[];
  intents: number;
  latest: Readonly<{ catalogue: string | null; served: string | null }>;
}>;

export type StateOptions = Readonly<{ admin: Client; url: string; blobs: DocumentStore; name: string }>;

/** Everything that is said of a package, from all sides. */
export async function readPublishedState({ admin, url, blobs, name }: StateOptions): Promise<PublishedState> {
  const rows = await admin.query<{ version: string; integrity: string }>(
    'select version, integrity from plugin_versions where plugin_name = $1',
    [name],
  );
  const plugin = await admin.query<{ latest_version: string }>('select latest_version from plugins where name = $1', [
    name,
  ]);
  const intents = await admin.query('select 1 from publish_intents');
  const response = await fetch(`${url}/${name.replace('/', '%2f')}`);
  const document = response.status === 404 ? null : documentSchema.parse(await response.json());
  const versions = Object.entries(document?.versions ?? {});
  const tarballs: string[] = [];
  for (const [version, { dist }] of versions) {
    const bytes = Buffer.from(await (await fetch(dist.tarball)).arrayBuffer());
    tarballs.push(`${version} sha512-${createHash('sha512').update(bytes).digest('base64')}`);
  }
  const files = await blobs.names(name);
  return {
    catalogue: rows.rows.map(({ version, integrity }) => `${version} ${integrity}`).toSorted(),
    served: versions.map(([version, { dist }]) => `${version} ${dist.integrity}`).toSorted(),
    tarballs: tarballs.toSorted(),
    files: files.filter((file) => file.endsWith('.tgz')).toSorted(),
    intents: intents.rows.length,
    latest: { catalogue: plugin.rows[0]?.latest_version ?? null, served: document?.['dist-tags']['latest'] ?? null },
  };
}
