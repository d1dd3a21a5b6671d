import { createHash, randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** The parts that log in, each with a role of its own. */
export const LOGIN_PARTS = ['app', 'worker', 'registry', 'auth'] as const;
export type LoginPart = (typeof LOGIN_PARTS)[number];

export type ProvisionOptions = {
  /** Passwords to keep over restarts. @default random ones */
  readonly passwords?: Partial<Readonly<Record<LoginPart, string>>>;
};

/** Makes or updates the login role of each part for this database and returns its connection URLs. */
export async function provisionRoles(
  adminUrl: string,
  options: ProvisionOptions = {},
): Promise<Readonly<Record<LoginPart, string>>> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const database = await currentDatabase(client);
    const databaseName = client.escapeIdentifier(database);
    await client.query(`REVOKE ALL ON DATABASE ${databaseName} FROM PUBLIC`);
    const urls: [LoginPart, string][] = [];
    for (const part of LOGIN_PARTS) {
      const role = loginRole(part, database);
      const password = options.passwords?.[part] ?? randomBytes(24).toString('base64url');
      await upsertLogin(client, { role, group: `ia_${part}`, password });
      await client.query(`GRANT CONNECT ON DATABASE ${databaseName} TO ${client.escapeIdentifier(role)}`);
      const searchPath = part === 'auth' ? 'auth' : 'public';
      await client.query(
        `ALTER ROLE ${client.escapeIdentifier(role)} IN DATABASE ${databaseName} SET search_path = ${searchPath}`,
      );
      urls.push([part, withLogin(adminUrl, role, password)]);
    }
    return Object.fromEntries(urls) as Record<LoginPart, string>;
  } finally {
    await client.end();
  }
}

/** The role that a part logs in with: roles belong to the whole server, so its name holds the database's. */
export function loginRole(part: LoginPart, database: string): string {
  return `ia_${part}_${createHash('sha256').update(database).digest('hex').slice(0, 8)}`;
}

async function upsertLogin(
  client: Client,
  login: { readonly role: string; readonly group: string; readonly password: string },
): Promise<void> {
  const role = client.escapeIdentifier(login.role);
  const found = await client.query('select 1 from pg_roles where rolname = $1', [login.role]);
  const attributes = `LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD ${client.escapeLiteral(login.password)}`;
  if (found.rowCount === 0) {
    await client.query(`CREATE ROLE ${role} ${attributes} IN ROLE ${client.escapeIdentifier(login.group)}`);
    return;
  }
  // Only a superuser may repeat the attributes that need one.
  await client.query(`ALTER ROLE ${role} LOGIN PASSWORD ${client.escapeLiteral(login.password)}`);
  await client.query(`GRANT ${client.escapeIdentifier(login.group)} TO ${role}`);
}

async function currentDatabase(client: Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>('select current_database() as name');
  return rows[0]?.name ?? '';
}

function withLogin(adminUrl: string, role: string, password: string): string {
  const url = new URL(adminUrl);
  url.username = role;
  url.password = password;
  return url.toString();
}
