import {
  createTestDatabase,
  insertRowEverywhere,
  type SeededTenant,
  seedTenant,
  TENANT_TABLES,
  type TenantTable,
  type TestDatabase,
} from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const tables = Object.keys(TENANT_TABLES) as TenantTable[];
const PERMISSION_DENIED = '42501';
const REFUSED = { refusal: PERMISSION_DENIED };

/** The parts that read tenants' rows, and the setting that says whose. */
const PARTS = [
  { part: 'app', setting: 'app.tenant_id' },
  { part: 'registry', setting: 'app.tenant_id' },
  { part: 'worker', setting: 'app.tenant_ids' },
] as const;
type Part = (typeof PARTS)[number]['part'];

let testDatabase: TestDatabase;
let admin: Client;
let acme: SeededTenant;
let globex: SeededTenant;
const clients = new Map<string, Client>();

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  admin = await connect(testDatabase.adminUrl);
  acme = await seedTenant(testDatabase, { slug: 'acme', name: 'Acme' });
  globex = await seedTenant(testDatabase, { slug: 'globex', name: 'Globex' });
  await insertRowEverywhere(admin, acme.tenantId, 'acme');
  await insertRowEverywhere(admin, globex.tenantId, 'globex');
  for (const { part } of PARTS) clients.set(part, await connect(testDatabase.urls[part]));
  clients.set('auth', await connect(testDatabase.urls.auth));
});

afterAll(async () => {
  for (const client of [admin, ...clients.values()]) await client?.end();
  await testDatabase?.drop();
});

function clientOf(part: Part | 'auth'): Client {
  const client = clients.get(part);
  if (client === undefined) throw new Error(`no connection as ${part}`);
  return client;
}

/** Runs one statement as a part for the given tenants and takes it back; a refusal is its error code. */
async function attempt(part: Part, tenants: string, sql: string, values: readonly unknown[] = []) {
  const setting = PARTS.find((known) => known.part === part)?.setting ?? '';
  const client = clientOf(part);
  await client.query('begin');
  try {
    await client.query('select set_config($1, $2, true)', [setting, tenants]);
    const result = await client.query(sql, [...values]);
    return { rows: result.rows as Record<string, unknown>[], count: result.rowCount ?? 0 };
  } catch (error) {
    return { refusal: (error as { code?: string }).code };
  } finally {
    await client.query('rollback');
  }
}

async function mayDo(part: Part, table: TenantTable, privilege: string): Promise<boolean> {
  const { rows } = await clientOf(part).query(
    'select has_table_privilege($1, $2) or ($2 <> $3 and has_any_column_privilege($1, $2)) as may',
    [table, privilege, 'DELETE'],
  );
  return rows[0].may;
}

describe('the catalogue', () => {
  test('every table with a tenant is on the list and has policies that bind everyone', async () => {
    const { rows } = await admin.query(`
      select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as is_forced,
        array(select polname::text from pg_policy where polrelid = c.oid order by 1) as policies
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
        and (c.relname = 'tenants' or exists (
          select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped))
      order by 1`);
    expect(rows.map((row) => row.name)).toEqual(tables.toSorted());
    for (const row of rows) {
      expect(row, `table ${row.name}`).toMatchObject({ is_forced: true });
      expect(row.policies, `table ${row.name}`).toEqual(
        expect.arrayContaining(['across_tenants', 'many_tenants', 'one_tenant']),
      );
    }
  });

  test('no login can get past the policies or become someone who can', async () => {
    const { rows } = await admin.query(`
      select rolname, rolsuper or rolbypassrls or rolcreaterole or rolreplication as is_strong,
        pg_has_role(oid, 'ia_system', 'member') as is_system
      from pg_roles where rolname like 'ia\\_%'`);
    for (const row of rows) {
      expect(row).toMatchObject({ is_strong: false, is_system: row.rolname === 'ia_system' });
    }
  });

  test('functions with foreign rights pin their search path and are closed to the public', async () => {
    const { rows } = await admin.query(`
      select p.proname, p.proowner::regrole::text as owner, p.proconfig,
        exists (select from aclexplode(p.proacl) where grantee = 0) or p.proacl is null as is_public
      from pg_proc p where p.prosecdef and p.pronamespace in ('public'::regnamespace, 'internal'::regnamespace)`);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      const proconfig = expect.arrayContaining(['search_path=pg_catalog']);
      expect(row).toMatchObject({ owner: 'ia_system', proconfig, is_public: false });
    }
  });

  test('tables of tenants refer to each other with the tenant', async () => {
    const { rows } = await admin.query(`
      select conname from pg_constraint k
      where k.contype = 'f' and k.confrelid <> 'public.tenants'::regclass and k.connamespace = 'public'::regnamespace
        and not exists (
          select from pg_attribute a
          where a.attrelid = k.conrelid and a.attname = 'tenant_id' and a.attnum = any (k.conkey))`);
    expect(rows).toEqual([]);
  });
});

describe.each(PARTS)('$part', ({ part }) => {
  test.each(tables)('%s: only the tenant that was set is seen, and none without one', async (table) => {
    const column = TENANT_TABLES[table];
    const canRead = await mayDo(part, table, 'SELECT');
    const seen = (tenant: string) => (canRead ? { rows: [{ tenant }] } : REFUSED);
    const nothing = canRead ? { count: 0 } : REFUSED;
    const all = `select distinct ${column} as tenant from ${table}`;
    expect(await attempt(part, acme.tenantId, all)).toMatchObject(seen(acme.tenantId));
    expect(await attempt(part, globex.tenantId, all)).toMatchObject(seen(globex.tenantId));
    expect(await attempt(part, '', all)).toMatchObject(nothing);
    const named = `select 1 from ${table} where ${column} = $1`;
    expect(await attempt(part, acme.tenantId, named, [globex.tenantId])).toMatchObject(nothing);
  });

  test.each(tables)('%s: another tenant gets no row', async (table) => {
    const copy = `insert into ${table} select r.* from json_populate_record(null::${table}, $1) as r`;
    const { rows } = await admin.query(
      `select row_to_json(t) as content from ${table} t where ${TENANT_TABLES[table]} = $1`,
      [globex.tenantId],
    );
    const content = JSON.stringify(rows[0].content);
    for (const tenants of [acme.tenantId, '']) {
      expect(await attempt(part, tenants, copy, [content])).toEqual(REFUSED);
    }
  });

  test.each(tables)("%s: another tenant's rows are neither changed nor removed", async (table) => {
    const column = TENANT_TABLES[table];
    const touched = await admin.query(
      `select a.attname as name from pg_attribute a
       where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped
         and has_column_privilege($2, a.attrelid, a.attnum, 'UPDATE')`,
      [table, clientOf(part).user],
    );
    for (const { name } of touched.rows) {
      const update = `update ${table} set "${name}" = "${name}"`;
      const changed = await attempt(part, acme.tenantId, `${update} returning ${column} as tenant`);
      expect(changed, `column ${name}`).toMatchObject({ rows: [{ tenant: acme.tenantId }] });
      expect(await attempt(part, '', update), `column ${name}`).toMatchObject({ count: 0 });
    }
    const move = `update ${table} set ${column} = $1`;
    expect(await attempt(part, acme.tenantId, move, [globex.tenantId])).toEqual(REFUSED);
    const removed = await attempt(part, acme.tenantId, `delete from ${table} returning ${column} as tenant`);
    const removesOwn = await mayDo(part, table, 'DELETE');
    expect(removed).toMatchObject(removesOwn ? { rows: [{ tenant: acme.tenantId }] } : REFUSED);
  });
});

test('the worker sees the tenants of its transaction together', async () => {
  const both = `${acme.tenantId},${globex.tenantId}`;
  expect(await attempt('worker', both, 'select id from runs')).toMatchObject({ count: 2 });
});

test('what is published for everyone is read by every tenant, and written by its owner alone', async () => {
  await admin.query('begin');
  await admin.query(`update plugins set visibility = 'public' where tenant_id = $1`, [globex.tenantId]);
  await admin.query(`update plugin_versions set visibility = 'public' where tenant_id = $1`, [globex.tenantId]);
  await admin.query('commit');
  for (const part of ['app', 'registry', 'worker'] as const) {
    expect(await attempt(part, acme.tenantId, 'select name from plugins')).toMatchObject({ count: 2 });
    expect(await attempt(part, acme.tenantId, 'select version from plugin_versions')).toMatchObject({ count: 2 });
  }
  expect(await attempt('registry', acme.tenantId, `update plugins set title = 'mine'`)).toMatchObject({ count: 1 });
});

test('a version can not be added to the plugin of another tenant', async () => {
  const add = `insert into plugin_versions
      (plugin_name, version, tenant_id, visibility, integrity, manifest, readme, size_bytes, published_by)
    values ('@globex/plugin', '9.9.9', $1, 'public', 'sha512-x', '{}', '', 1, 'u')`;
  const FOREIGN_KEY_VIOLATION = '23503';
  expect(await attempt('registry', acme.tenantId, add, [acme.tenantId])).toEqual({ refusal: FOREIGN_KEY_VIOLATION });
});

test('members are listed for the tenant that was set', async () => {
  const members = 'select user_id, role from tenant_members';
  expect(await attempt('app', acme.tenantId, members)).toMatchObject({
    rows: [{ user_id: acme.userId, role: 'owner' }],
  });
  expect(await attempt('app', '', members)).toMatchObject({ count: 0 });
});

test('each look-up across tenants is for those who need it', async () => {
  const asked = async (part: Part | 'auth', call: string) =>
    clientOf(part)
      .query(`select * from public.${call}`)
      .then(
        (result) => result.rowCount,
        (error: { code?: string }) => error.code,
      );
  const user = acme.userId;
  const { rows } = await admin.query('select id from webhooks where tenant_id = $1', [acme.tenantId]);
  const webhookId = rows[0].id;
  const calls = {
    [`find_api_token('hash of acme')`]: { app: 0, registry: 0 },
    [`user_tenants('${user}')`]: { app: 1, registry: 1 },
    [`find_webhook('${webhookId}')`]: { app: 1 },
    [`set_tenant_limits('${acme.tenantId}', '{"weight": 1}')`]: { app: 1 },
    'tenant_chores(now())': { app: 2 },
    "expired_exports('2000-01-01')": { app: 0 },
    "unmeasured_tenants('2000-01-01', 10)": { app: 2 },
    "erased_scopes('{acme}')": { registry: 0 },
    "claimable_runs(10, '{}', '{}', '{}')": { worker: 2 },
    'open_runs()': { worker: 0 },
    'due_runs(now(), 10)': { worker: 0 },
    'next_due_at()': { worker: 1 },
    'due_schedules(now(), 10)': { worker: 0 },
    'pending_trigger_events(10)': { worker: 2 },
    'limits_of_tenants()': { worker: 0 },
    'limits_of_pipelines()': { worker: 0 },
    'prunable_runs(now(), 10)': { worker: 0 },
    "forget_webhook_deliveries('2000-01-01')": { worker: 1 },
    "forget_expired_results('2000-01-01', 10)": { worker: 1 },
    'pending_run_commands(0, 10)': { worker: 2 },
    [`plugin_owner('@acme/plugin')`]: { registry: 1 },
    'pending_publish_intents()': { registry: 2 },
  } as const satisfies Record<string, Partial<Record<Part | 'auth', number>>>;
  for (const [call, allowed] of Object.entries(calls)) {
    for (const part of ['app', 'worker', 'registry', 'auth'] as const) {
      const expected = (allowed as Partial<Record<Part | 'auth', number>>)[part] ?? PERMISSION_DENIED;
      expect(await asked(part, call), `${call} as ${part}`).toBe(expected);
    }
  }
});

test('people and their passwords are for the authentication part alone', async () => {
  for (const { part } of PARTS) {
    await expect(clientOf(part).query('select * from auth."user"')).rejects.toMatchObject({ code: PERMISSION_DENIED });
  }
  await expect(clientOf('auth').query('select * from public.runs')).rejects.toMatchObject({ code: PERMISSION_DENIED });
});

test('a login of one database can not enter another', async () => {
  const other = await createTestDatabase();
  try {
    const url = new URL(testDatabase.urls.app);
    url.pathname = new URL(other.adminUrl).pathname;
    await expect(connect(url.toString())).rejects.toMatchObject({ code: PERMISSION_DENIED });
  } finally {
    await other.drop();
  }
});

test('the slug of a tenant never changes and reserved ones are refused', async () => {
  const auth = clientOf('auth');
  const CHECK_VIOLATION = '23514';
  await auth.query(`update "organization" set "name" = 'Acme Ltd' where "slug" = 'acme'`);
  expect(await attempt('app', acme.tenantId, 'select name, slug from tenants')).toMatchObject({
    rows: [{ name: 'Acme Ltd', slug: 'acme' }],
  });
  await expect(auth.query(`update "organization" set "slug" = 'other' where "slug" = 'acme'`)).rejects.toMatchObject({
    code: CHECK_VIOLATION,
  });
  for (const slug of ['community', 'Upper', '-x', 'a/b', '']) {
    const insert = auth.query(`insert into "organization" ("name", "slug") values ('x', $1)`, [slug]);
    await expect(insert).rejects.toMatchObject({ code: CHECK_VIOLATION });
  }
});
