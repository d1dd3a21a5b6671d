import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { type BlobStore, createBlobStore } from '@ia-modules/blobs';
import { createDatabase, type Database } from '@ia-modules/database';
import { createTestDatabase, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertRowEverywhere } from '../../../libs/database/tests/tenant-rows.ts';
import { readManifest } from '../src/tenants/export/export-manifest.ts';
import { createTenantChores, type TenantChores } from '../src/tenants/tenant-chores.ts';

const run = promisify(execFile);
const MAIN = path.join(import.meta.dirname, 'erase-main.ts');
const SECRET_HASH = 'hash of doomed';

let testDatabase: TestDatabase;
let admin: Client;
let database: Database;
let blobs: BlobStore;
let folder: string;
let chores: TenantChores;

const choresWith = (exportKeepDays: number): TenantChores =>
  createTenantChores({
    database,
    blobs,
    logger: pino({ level: process.env['DEBUG_CHORES'] ?? 'silent' }),
    exportKeepDays,
  });

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  admin = new Client({ connectionString: testDatabase.adminUrl });
  await admin.connect();
  database = createDatabase({ url: testDatabase.urls.app });
  folder = await mkdtemp(path.join(tmpdir(), 'ia-erasure-'));
  blobs = createBlobStore(pathToFileURL(folder).href);
  chores = choresWith(30);
});

afterAll(async () => {
  await database?.close();
  await admin?.end();
  await testDatabase?.drop();
  await rm(folder, { recursive: true, force: true });
});

type Doomed = { readonly tenantId: string; readonly slug: string; readonly publicPlugin: string };

/** A tenant with rows in every table, more of some, a public package and large values. */
const seedDoomed = async (slug: string): Promise<Doomed> => {
  const { tenantId, userId } = await seedTenant(testDatabase, { slug, name: slug });
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
  await admin.query(`update auth.session set "activeOrganizationId" = $1`, [tenantId]);
  await admin.query(
    `insert into auth.invitation ("organizationId", email, role, status, "expiresAt", "inviterId")
     values ($1, 'x@example.com', 'viewer', 'pending', now() + interval '1 day', $2)`,
    [tenantId, userId],
  );
  const value = Buffer.from('"large"');
  const sha256 = createHash('sha256').update(value).digest('hex');
  for (let n = 0; n < 3; n += 1) await blobs.put(`${tenantId}/${randomUUID()}/${sha256}`, value);
  return { tenantId, slug, publicPlugin };
};

const close = (tenantId: string) =>
  admin.query(
    `update tenants set deleted_at = now(), deleted_by = 'u', erase_at = now() - interval '1 second' where id = $1`,
    [tenantId],
  );

type Column = { readonly schema: string; readonly table: string; readonly column: string };

/** Every column of the database that could hold an id. */
const readColumns = async (): Promise<readonly Column[]> => {
  const { rows } = await admin.query<Column>(`
    select n.nspname as schema, c.relname as table, a.attname as column
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
    where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_'
      and a.attnum > 0 and not a.attisdropped
      and a.atttypid::regtype::text in ('uuid', 'text', 'character varying', 'json', 'jsonb', 'text[]', 'uuid[]')
    order by 1, 2, 3`);
  return rows;
};

const findTraces = async (tenantId: string): Promise<string[]> => {
  const traces: string[] = [];
  for (const { schema, table, column } of await readColumns()) {
    const sql = `select count(*)::int as found from "${schema}"."${table}" where position($1 in "${column}"::text) > 0`;
    const { rows } = await admin.query<{ found: number }>(sql, [tenantId]);
    if (rows[0]?.found !== 0) traces.push(`${schema}.${table}.${column}`);
  }
  return traces;
};

/** Of every table, what a tenant has there. */
const fingerprint = async (tenantId: string): Promise<unknown> => {
  const { rows } = await admin.query<{ name: string; column: string }>(
    'select name, tenant_column as column from internal.tenant_tables()',
  );
  const found: Record<string, unknown> = {};
  for (const { name, column } of rows) {
    const sql = `select count(*)::int as rows, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as hash
      from public.${name} t where ${column} = $1`;
    found[name] = (await admin.query(sql, [tenantId])).rows[0];
  }
  return found;
};

const keysBelow = async (prefix: string): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of blobs.list(prefix)) keys.push(key);
  return keys;
};

/** The lines of every file of an export, read as who downloads it does. */
const readExport = async (tenantId: string, exportId: string): Promise<Map<string, string[]>> => {
  const manifest = await readManifest(blobs, { tenantId, exportId });
  const files = new Map<string, string[]>();
  for (const { name, parts, sha256, sizeBytes } of manifest?.files ?? []) {
    const bytes = Buffer.concat(await Promise.all(parts.map(async (key) => (await blobs.get(key)) ?? Buffer.of())));
    expect(bytes.byteLength).toBe(sizeBytes);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    files.set(name, gunzipSync(bytes).toString('utf8').split('\n').slice(0, -1));
  }
  return files;
};

const countRows = async (tenantId: string): Promise<ReadonlyMap<string, number>> => {
  const found = (await fingerprint(tenantId)) as Record<string, { rows: number }>;
  return new Map(Object.entries(found).map(([name, { rows }]) => [`${name}.jsonl.gz`, rows]));
};

describe('a tenant whose days of grace are over', () => {
  let doomed: Doomed;
  let before: ReadonlyMap<string, number>;
  let bystander: string;
  let bystanderBefore: unknown;

  beforeAll(async () => {
    bystander = (await seedDoomed('bystander')).tenantId;
    doomed = await seedDoomed('doomed');
    // What the others have to have done for them.
    await chores.round();
    await close(doomed.tenantId);
    bystanderBefore = await fingerprint(bystander);
    before = await countRows(doomed.tenantId);
    expect(await findTraces(doomed.tenantId)).not.toEqual([]);
    expect(await chores.round()).toBe(true);
  });

  it('leaves no row and no value anywhere, but that it is gone', async () => {
    expect(await findTraces(doomed.tenantId)).toEqual(['public.erased_tenants.export_key', 'public.erased_tenants.id']);
    expect(await keysBelow(doomed.tenantId)).toEqual([]);
    const { rows } = await admin.query('select slug, audit_seq::int as seq from erased_tenants where id = $1', [
      doomed.tenantId,
    ]);
    expect(rows).toEqual([{ slug: 'doomed', seq: 2 }]);
  });

  it('leaves the rows and values of others as they were', async () => {
    expect(await fingerprint(bystander)).toEqual(bystanderBefore);
    expect(await keysBelow(bystander)).toHaveLength(3);
  });

  it('leaves an export with every row, and without what is secret', async () => {
    const files = await readExport(doomed.tenantId, 'last');
    const wasErasing = new Set(['audit_log.jsonl.gz', 'tenant_usage.jsonl.gz', 'run_commands.jsonl.gz']);
    for (const [name, rows] of before) {
      const exported = files.get(name)?.length;
      // What subscribers are told of for a while is no record.
      if (name === 'tenant_changes.jsonl.gz') continue;
      // The erasure notes itself, and asks what goes on to end.
      if (wasErasing.has(name)) expect(exported, name).toBeGreaterThanOrEqual(rows);
      else expect(exported, name).toBe(rows);
    }
    expect(files.get('members.jsonl.gz')).toHaveLength(1);
    expect(files.get('invitations.jsonl.gz')).toHaveLength(1);
    expect(files.get('blobs.jsonl.gz')?.map((line) => JSON.parse(line).base64)).toEqual(
      Array.from({ length: 3 }, () => Buffer.from('"large"').toString('base64')),
    );
    const all = [...files.values()].flat().join('\n');
    expect(all).not.toContain(SECRET_HASH);
    for (const name of ['secret_versions', 'webhooks', 'api_tokens']) {
      const keys = Object.keys(JSON.parse(files.get(`${name}.jsonl.gz`)?.[0] ?? '{}'));
      expect(keys.filter((key) => ['sealed', 'secret', 'hash'].includes(key))).toEqual([]);
    }
  });

  it('leaves its public packages to those who use them, and to no owner', async () => {
    const { rows } = await admin.query(
      `select p.tenant_id as owner, v.published_by as publisher
       from plugins p join plugin_versions v on v.plugin_name = p.name where p.name = $1`,
      [doomed.publicPlugin],
    );
    expect(rows).toEqual([{ owner: '00000000-0000-0000-0000-000000000000', publisher: 'nobody' }]);
    const own = await admin.query('select from plugins where name = $1', [`@${doomed.slug}/plugin`]);
    expect(own.rowCount).toBe(0);
  });

  it('gives its slug to nobody', async () => {
    const again = seedTenant(testDatabase, { slug: 'doomed', name: 'Again' });
    await expect(again).rejects.toMatchObject({ code: '23505' });
  });

  it('keeps the export as long as the operator wants, and no longer', async () => {
    await chores.round();
    expect(await readManifest(blobs, { tenantId: doomed.tenantId, exportId: 'last' })).not.toBeNull();
    await choresWith(0).round();
    expect(await keysBelow(`exports/${doomed.tenantId}`)).toEqual([]);
    const { rows } = await admin.query('select export_key from erased_tenants where id = $1', [doomed.tenantId]);
    expect(rows).toEqual([{ export_key: null }]);
  });
});

describe('an erasure whose process is killed', () => {
  it('is taken up again, wherever that was', async () => {
    const { tenantId } = await seedDoomed('phoenix');
    await close(tenantId);
    const expected = await countRows(tenantId);
    const kill = (text: string, time: number) => {
      const options = ['--conditions=ia-src', '--disable-warning=ExperimentalWarning'];
      const args = [testDatabase.urls.app, pathToFileURL(folder).href, tenantId, text, String(time)];
      return run(process.execPath, [...options, MAIN, ...args]);
    };
    const places = [
      ['fetch', 70],
      ['begin_erasure', 1],
      ['commit', 42],
      ['erase_tenant_rows', 1],
      ['erase_tenant_rows', 4],
      ['erase_tenant_rows', 3],
      ['finish_erasure', 1],
    ] as const;
    for (const [text, time] of places) {
      await expect(kill(text, time), `${text} ${time}`).rejects.toMatchObject({ signal: 'SIGKILL' });
    }
    await chores.round();
    expect(await findTraces(tenantId)).toEqual(['public.erased_tenants.export_key', 'public.erased_tenants.id']);
    expect(await keysBelow(tenantId)).toEqual([]);
    const files = await readExport(tenantId, 'last');
    for (const name of ['runs.jsonl.gz', 'pipelines.jsonl.gz', 'run_event_chunks.jsonl.gz']) {
      expect(files.get(name)?.length, name).toBe(expected.get(name));
    }
  });
});

describe('a tenant that may not be erased', () => {
  it('keeps everything: one that is open, and one that can still be taken back', async () => {
    const { tenantId } = await seedDoomed('keeper');
    const rows = async () => (await countRows(tenantId)).get('runs.jsonl.gz');
    await chores.round();
    await admin.query(
      `update tenants set deleted_at = now(), deleted_by = 'u', erase_at = now() + interval '1 hour' where id = $1`,
      [tenantId],
    );
    await chores.round();
    expect(await rows()).toBe(1_201);
    for (const call of [`begin_erasure('${tenantId}', 'k')`, `erase_tenant_rows('${tenantId}', 10)`]) {
      const refused = admin.query(`begin; select set_config('app.tenant_id', '${tenantId}', true); select ${call}`);
      await expect(refused).rejects.toMatchObject({ code: '23514' });
      await admin.query('rollback');
    }
  });

  it('is never that of another transaction', async () => {
    const { rows } = await admin.query<{ id: string }>('select id from tenants limit 1');
    for (const call of ['erase_tenant_rows($1, 1)', 'finish_erasure($1)', "open_tenant_export($1, 'runs')"]) {
      const refused = database.pool.query(`select ${call}`, [rows[0]?.id]);
      await expect(refused, call).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('waits for its runs while a worker lives', async () => {
    const { tenantId } = await seedDoomed('busy');
    await close(tenantId);
    await admin.query(
      `insert into worker_leases (name, holder, fence, expires_at) values ('runs', 'w', 1, now() + interval '1 minute')`,
    );
    await chores.round();
    const asked = await admin.query(
      `select from run_commands c join runs r on r.id = c.run_id where r.tenant_id = $1 and c.requested_by = 'system:erasure'`,
      [tenantId],
    );
    expect((await countRows(tenantId)).get('runs.jsonl.gz')).toBe(1_201);
    // The one that goes on was asked to end by its tenant already.
    expect(asked.rowCount).toBe(0);
    await admin.query('delete from worker_leases');
    await chores.round();
    expect(await findTraces(tenantId)).toHaveLength(2);
  });
});
