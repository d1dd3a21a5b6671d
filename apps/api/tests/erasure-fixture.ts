import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type BlobStore, createBlobStore } from '@ia-modules/blobs';
import { createDatabase, type Database } from '@ia-modules/database';
import { createTestDatabase, insertRowEverywhere, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { pino } from 'pino';
import { readManifest } from '../src/tenants/export/export-manifest.ts';
import { createTenantChores, type TenantChores } from '../src/tenants/tenant-chores.ts';

export type Doomed = { readonly tenantId: string; readonly slug: string; readonly publicPlugin: string };

type Column = { readonly schema: string; readonly table: string; readonly column: string };

/** A database and a blob storage, what is done in them for tenants, and what looks for what is left. */
export class ErasureFixture {
  readonly testDatabase: TestDatabase;
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly blobUrl: string;
  readonly admin: Client;
  readonly #folder: string;

  private constructor(testDatabase: TestDatabase, admin: Client, folder: string) {
    this.testDatabase = testDatabase;
    this.admin = admin;
    this.#folder = folder;
    this.blobUrl = pathToFileURL(folder).href;
    this.blobs = createBlobStore(this.blobUrl);
    this.database = createDatabase({ url: testDatabase.urls.app });
  }

  static async open(): Promise<ErasureFixture> {
    const testDatabase = await createTestDatabase();
    const admin = new Client({ connectionString: testDatabase.adminUrl });
    await admin.connect();
    return new ErasureFixture(testDatabase, admin, await mkdtemp(path.join(tmpdir(), 'ia-erasure-')));
  }

  async close(): Promise<void> {
    await this.database.close();
    await this.admin.end();
    await this.testDatabase.drop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  chores(exportKeepDays = 30): TenantChores {
    const { database, blobs } = this;
    return createTenantChores({ database, blobs, logger: pino({ level: 'silent' }), exportKeepDays });
  }

  /** A tenant with rows in every table, more of some, a public package and large values. */
  async seed(slug: string): Promise<Doomed> {
    const { admin } = this;
    const { tenantId, userId } = await seedTenant(this.testDatabase, { slug, name: slug });
    await insertRowEverywhere(admin, tenantId, slug);
    await admin.query(
      `insert into runs (id, tenant_id, pipeline_id, pipeline_version_id, parameters, trigger, seed, created_by, status, finished_at)
       select gen_random_uuid(), r.tenant_id, r.pipeline_id, r.pipeline_version_id, '{}', '{}', 1, 'u', 'succeeded', now()
       from runs r, generate_series(1, 1200) where r.tenant_id = $1`,
      [tenantId],
    );
    await admin.query(
      `insert into run_event_chunks (tenant_id, run_id, first_seq, last_seq, events)
       select tenant_id, id, 1, 1, '[{"type": "run_started"}]' from runs where tenant_id = $1 and finished_at is not null`,
      [tenantId],
    );
    const publicPlugin = `@community/${slug}`;
    await admin.query(
      `insert into plugins (name, tenant_id, visibility, title, description, latest_version)
       values ($2, $1, 'public', 't', 'd', '1.0.0')`,
      [tenantId, publicPlugin],
    );
    await admin.query(
      `insert into plugin_versions
         (plugin_name, version, tenant_id, visibility, integrity, manifest, readme, size_bytes, published_by)
       values ($2, '1.0.0', $1, 'public', 'sha512-x', '{}', '', 1, $3)`,
      [tenantId, publicPlugin, userId],
    );
    await this.#seedPeople(tenantId, userId);
    const value = Buffer.from('"large"');
    const sha256 = createHash('sha256').update(value).digest('hex');
    for (let n = 0; n < 3; n += 1) await this.blobs.put(`${tenantId}/${randomUUID()}/${sha256}`, value);
    return { tenantId, slug, publicPlugin };
  }

  /** Its time of grace is over. */
  async expire(tenantId: string): Promise<void> {
    await this.admin.query(
      `update tenants set deleted_at = now(), deleted_by = 'u', erase_at = now() - interval '1 second' where id = $1`,
      [tenantId],
    );
  }

  /** Every column of the database that holds an id somewhere. */
  async traces(id: string): Promise<string[]> {
    const traces: string[] = [];
    for (const { schema, table, column } of await this.#columns()) {
      const sql = `select count(*)::int as found from "${schema}"."${table}" where position($1 in "${column}"::text) > 0`;
      const { rows } = await this.admin.query<{ found: number }>(sql, [id]);
      if (rows[0]?.found !== 0) traces.push(`${schema}.${table}.${column}`);
    }
    return traces;
  }

  /** What a tenant has in every table. */
  async fingerprint(tenantId: string): Promise<ReadonlyMap<string, { readonly rows: number; readonly hash: string }>> {
    const tables = await this.admin.query<{ name: string; column: string }>(
      'select name, tenant_column as column from internal.tenant_tables()',
    );
    const found = new Map<string, { rows: number; hash: string }>();
    for (const { name, column } of tables.rows) {
      const sql = `select count(*)::int as rows, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as hash
        from public.${name} t where ${column} = $1`;
      const { rows } = await this.admin.query<{ rows: number; hash: string }>(sql, [tenantId]);
      if (rows[0] !== undefined) found.set(name, rows[0]);
    }
    return found;
  }

  async keysBelow(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.blobs.list(prefix)) keys.push(key);
    return keys;
  }

  /** The lines of every file of the export that an erasure leaves, by table. @throws Error when one is not what the manifest says */
  async lastExport(tenantId: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const manifest = await readManifest(this.blobs, { tenantId, exportId: 'last' });
    const files = new Map<string, readonly string[]>();
    for (const { name, parts, sha256, sizeBytes, rows } of manifest?.files ?? []) {
      const read = await Promise.all(parts.map(async (key) => (await this.blobs.get(key)) ?? Buffer.of()));
      const bytes = Buffer.concat(read);
      const lines = gunzipSync(bytes).toString('utf8').split('\n').slice(0, -1);
      const isWhole = bytes.byteLength === sizeBytes && lines.length === rows;
      if (!isWhole || createHash('sha256').update(bytes).digest('hex') !== sha256)
        throw new Error(`${name} is damaged`);
      files.set(name.replace('.jsonl.gz', ''), lines);
    }
    return files;
  }

  async #seedPeople(tenantId: string, userId: string): Promise<void> {
    await this.admin.query(
      `insert into auth.session ("expiresAt", token, "updatedAt", "userId", "activeOrganizationId")
       values (now() + interval '1 day', $2, now(), $2, $1)`,
      [tenantId, userId],
    );
    await this.admin.query(
      `insert into auth.invitation ("organizationId", email, role, status, "expiresAt", "inviterId")
       values ($1, 'x@example.com', 'viewer', 'pending', now() + interval '1 day', $2)`,
      [tenantId, userId],
    );
  }

  /** Those that could hold an id. */
  async #columns(): Promise<readonly Column[]> {
    const { rows } = await this.admin.query<Column>(`
      select n.nspname as schema, c.relname as table, a.attname as column
      from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
      where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_'
        and a.attnum > 0 and not a.attisdropped
        and a.atttypid::regtype::text in ('uuid', 'text', 'character varying', 'json', 'jsonb', 'text[]', 'uuid[]')
      order by 1, 2, 3`);
    return rows;
  }
}
