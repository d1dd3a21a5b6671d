import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { createApiToken } from '../api-tokens.ts';
import { createDatabase } from '../database.ts';
import type { TokenScope } from '../token-scopes.ts';
import type { Role } from '../principal.ts';
import { withTenant } from '../tenant-transaction.ts';
import type { TestDatabase } from './test-database.ts';

export type SeedTenantInput = {
  readonly slug: string;
  readonly name: string;
  /** @default 'owner' */
  readonly role?: Role;
};

export type SeededTenant = {
  readonly tenantId: string;
  readonly userId: string;
  readonly email: string;
  apiToken(scopes: readonly TokenScope[]): Promise<string>;
};

/** Makes a tenant with one member, through the tables that better-auth writes. The member has no password. */
export async function seedTenant(testDatabase: TestDatabase, input: SeedTenantInput): Promise<SeededTenant> {
  const tenantId = randomUUID();
  const userId = randomUUID();
  const email = `${input.role ?? 'owner'}-${userId.slice(0, 8)}@${input.slug}.example`;
  const client = new Client({ connectionString: testDatabase.urls.auth });
  await client.connect();
  try {
    await client.query(`insert into "user" ("id", "name", "email", "emailVerified") values ($1, $2, $3, true)`, [
      userId,
      `Member of ${input.name}`,
      email,
    ]);
    await client.query(`insert into "organization" ("id", "name", "slug") values ($1, $2, $3)`, [
      tenantId,
      input.name,
      input.slug,
    ]);
    await client.query(`insert into "member" ("organizationId", "userId", "role") values ($1, $2, $3)`, [
      tenantId,
      userId,
      input.role ?? 'owner',
    ]);
  } finally {
    await client.end();
  }
  return { tenantId, userId, email, apiToken: (scopes) => makeApiToken(testDatabase, { tenantId, userId, scopes }) };
}

async function makeApiToken(
  testDatabase: TestDatabase,
  input: { readonly tenantId: string; readonly userId: string; readonly scopes: readonly TokenScope[] },
): Promise<string> {
  const database = createDatabase({ url: testDatabase.urls.app, maxConnections: 1 });
  try {
    const { token } = await withTenant(database, input.tenantId, (tx) =>
      createApiToken(tx, { tenantId: input.tenantId, name: 'test', scopes: input.scopes, createdBy: input.userId }),
    );
    return token;
  } finally {
    await database.close();
  }
}
