import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { migrate } from '../migrate.ts';
import { LOGIN_PARTS, type LoginPart, loginRole, provisionRoles } from '../provision.ts';
import { testServerUrl } from './test-server.ts';

export type TestDatabase = {
  readonly adminUrl: string;
  readonly urls: Readonly<Record<LoginPart, string>>;
  drop(): Promise<void>;
};

/** Serialises the making of the template among test processes. */
const TEMPLATE_LOCK_KEY = 7_236_101;
const migrationsDirectory = fileURLToPath(new URL('../../../../prisma/migrations', import.meta.url));

/** Makes a fresh, migrated database with its login roles; a copy of a template that is migrated once. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = await testServerUrl();
  const name = `ia_test_${randomBytes(6).toString('hex')}`;
  await withClient(serverUrl, async (client) => {
    const template = await ensureTemplate(client, serverUrl);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
  });
  const adminUrl = databaseUrl(serverUrl, name);
  const urls = await provisionRoles(adminUrl);
  return { adminUrl, urls, drop: () => dropDatabase(serverUrl, name) };
}

async function ensureTemplate(client: Client, serverUrl: string): Promise<string> {
  const template = `ia_template_${migrationsHash()}`;
  await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK_KEY]);
  try {
    const found = await client.query('select 1 from pg_database where datname = $1 and datistemplate', [template]);
    if (found.rowCount === 1) return template;
    await client.query(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${template}`);
    await migrate(databaseUrl(serverUrl, template));
    await client.query(`ALTER DATABASE ${template} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false`);
    return template;
  } finally {
    await client.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK_KEY]);
  }
}

function migrationsHash(): string {
  const hash = createHash('sha256');
  for (const entry of readdirSync(migrationsDirectory, { withFileTypes: true }).toSorted(byName)) {
    if (!entry.isDirectory()) continue;
    hash.update(entry.name).update(readFileSync(path.join(migrationsDirectory, entry.name, 'migration.sql')));
  }
  return hash.digest('hex').slice(0, 12);
}

function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  return left.name < right.name ? -1 : 1;
}

async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await withClient(serverUrl, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    for (const part of LOGIN_PARTS) await client.query(`DROP ROLE IF EXISTS ${loginRole(part, name)}`);
  });
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.toString();
}
