import { Client } from 'pg';
import type { GeneratedPlugin } from './generate-plugins.ts';

const BATCH = 500;

const PLUGINS = `insert into plugins (name, tenant_id, visibility, title, description, keywords, latest_version, install_count,
    download_count, rating_count, rating_sum, created_at, updated_at)
  select x.name, $2, case when x.place % 10 = 0 then 'private' else 'public' end, x.title, x.description, x.keywords, '1.0.0', x.installs,
    x.downloads, x.ratings, x."ratingSum", now() - x."ageDays" * interval '1 day', now() - x."ageDays" * interval '1 day'
  from jsonb_to_recordset($1::jsonb) as x (place integer, name text, title text, description text, keywords text[], installs integer,
    downloads bigint, ratings integer, "ratingSum" integer, "ageDays" integer)`;

const VERSIONS = `insert into plugin_versions (plugin_name, version, tenant_id, visibility, integrity, manifest, readme, size_bytes,
    published_by)
  select x.name, '1.0.0', $2, case when x.place % 10 = 0 then 'private' else 'public' end, 'sha512-x',
    x.manifest || jsonb_build_object('category', x.category), x.readme, 20000, 'bench'
  from jsonb_to_recordset($1::jsonb) as x (place integer, name text, manifest jsonb, category text, readme text)`;

/** Puts plugins into the catalogue of a database, a tenth of them private to the tenant that publishes them. */
export const fillCatalogue = async (
  adminUrl: string,
  { slug, plugins }: Readonly<{ slug: string; plugins: readonly GeneratedPlugin[] }>,
): Promise<void> => {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string }>('select id from tenants where slug = $1', [slug]);
    const tenantId = rows[0]?.id;
    for (let start = 0; start < plugins.length; start += BATCH) {
      const batch = plugins.slice(start, start + BATCH).map((plugin, offset) => ({ ...plugin, place: start + offset }));
      for (const sql of [PLUGINS, VERSIONS]) await client.query(sql, [JSON.stringify(batch), tenantId]);
    }
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
};
