import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { createDatabase, LOGIN_PARTS, migrate, provisionRoles, verifyApiToken } from '@ia-modules/database';
import { createTestDatabase, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

// Each migration starts Prisma in processes of its own.
vi.setConfig({ testTimeout: 120_000 });

const repositoryRoot = path.resolve(import.meta.dirname, '../../..');

let testDatabase: TestDatabase;
let admin: Client;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  admin = new Client({ connectionString: testDatabase.adminUrl });
  await admin.connect();
});

afterAll(async () => {
  await admin?.end();
  await testDatabase?.drop();
});

function siblingUrl(name: string, url = testDatabase.adminUrl): string {
  const sibling = new URL(url);
  sibling.pathname = `/${name}`;
  return sibling.toString();
}

async function tenantsIn(url: string): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query('select count(*)::int as tenants from tenants')).rows[0].tenants;
  } finally {
    await client.end();
  }
}

test('a missing database is made, and two that migrate it at once do not meet', async () => {
  const name = `${new URL(testDatabase.adminUrl).pathname.slice(1)}_new`;
  const url = siblingUrl(name);
  try {
    await Promise.all([migrate(url), migrate(url)]);
    expect(await tenantsIn(url)).toBe(0);
  } finally {
    await admin.query(`drop database if exists ${name} with (force)`);
  }
});

test('migrating again changes nothing', async () => {
  await seedTenant(testDatabase, { slug: 'acme', name: 'Acme' });
  await migrate(testDatabase.adminUrl);
  expect(await tenantsIn(testDatabase.adminUrl)).toBe(1);
});

test('a migration that was killed on the way is taken up again', async () => {
  const name = `${new URL(testDatabase.adminUrl).pathname.slice(1)}_killed`;
  const url = siblingUrl(name);
  try {
    await admin.query(`create database ${name}`);
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(`create table _prisma_migrations (id varchar(36) primary key, checksum varchar(64) not null,
      finished_at timestamptz, migration_name varchar(255) not null, logs text, rolled_back_at timestamptz,
      started_at timestamptz not null default now(), applied_steps_count integer not null default 0)`);
    await client.query(`insert into _prisma_migrations (id, checksum, migration_name)
      values (gen_random_uuid(), 'x', '20261123000000_init')`);
    await client.end();
    await migrate(url);
    expect(await tenantsIn(url)).toBe(0);
  } finally {
    await admin.query(`drop database if exists ${name} with (force)`);
  }
});

test('the migrations make what the Prisma schema says', async () => {
  const { stdout } = await promisify(execFile)(
    'prisma',
    ['migrate', 'diff', '--from-config-datasource', '--to-schema', 'prisma/schema.prisma', '--script'],
    {
      cwd: repositoryRoot,
      env: {
        ...process.env,
        PATH: `${path.join(repositoryRoot, 'node_modules', '.bin')}${path.delimiter}${process.env.PATH}`,
        DATABASE_URL: testDatabase.adminUrl,
        PRISMA_SCHEMA_ENGINE_BINARY: path.join(repositoryRoot, 'prisma', 'schema-engine.mjs'),
      },
    },
  );
  expect(stdout.trim()).toBe('-- This is an empty migration.');
});

test('a database that refuses is named without its password', async () => {
  const url = new URL(testDatabase.adminUrl);
  url.password = 'a-secret-password';
  const failure = await migrate(url.toString()).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'IA_DATABASE_MIGRATION', message: expect.stringContaining('authentication') });
  expect(`${String(failure)} ${JSON.stringify(failure)}`).not.toContain('a-secret-password');
});

test('logins can be made again, with passwords that are kept', async () => {
  const passwords = { app: 'a / b@c:ü', worker: 'w' };
  const first = await provisionRoles(testDatabase.adminUrl, { passwords });
  const second = await provisionRoles(testDatabase.adminUrl, { passwords });
  expect(second.app).toBe(first.app);
  expect(second.worker).toBe(first.worker);
  for (const part of LOGIN_PARTS) {
    const database = createDatabase({ url: second[part] });
    expect(await database.prisma.$queryRaw`select 1 as one`).toEqual([{ one: 1 }]);
    await database.close();
  }
});

test('a database user that is no superuser can migrate and provide the logins', async () => {
  const name = `${new URL(testDatabase.adminUrl).pathname.slice(1)}_owned`;
  const owner = `owner_of_${name}`;
  await admin.query(`create role ${owner} login createdb createrole password 'owner'`);
  await admin.query(`grant ia_system, ia_app, ia_worker, ia_registry, ia_auth to ${owner} with admin option`);
  const url = new URL(siblingUrl(name));
  url.username = owner;
  url.password = 'owner';
  try {
    await migrate(url.toString());
    const urls = await provisionRoles(url.toString());
    const made = { adminUrl: url.toString(), urls, drop: async () => {} };
    const tenant = await seedTenant(made, { slug: 'acme', name: 'Acme' });
    const token = await tenant.apiToken(['RUNS_READ']);
    const database = createDatabase({ url: urls.app });
    expect(await verifyApiToken(database.pool, token)).toMatchObject({ tenantSlug: 'acme', role: 'owner' });
    await database.close();
  } finally {
    await admin.query(`drop database if exists ${name} with (force)`);
    const { rows } = await admin.query<{ rolname: string }>(
      `select rolname from pg_roles r where pg_has_role($1, r.oid, 'member') and rolname ~ '_[0-9a-f]{8}$'`,
      [owner],
    );
    for (const { rolname } of rows) await admin.query(`drop role if exists ${rolname}`);
    await admin.query(`drop role ${owner}`);
  }
});
