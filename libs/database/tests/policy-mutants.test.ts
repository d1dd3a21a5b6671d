import { createTestDatabase, type SeededTenant, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BOUND_ROLES, findBreaches } from './policy-breaches.ts';
import { insertRowEverywhere, TENANT_TABLES, type TenantTable } from '@ia-modules/database/testing';

const tables = Object.keys(TENANT_TABLES) as TenantTable[];

let testDatabase: TestDatabase;
let admin: Client;
let mine: SeededTenant;
let theirs: SeededTenant;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  admin = new Client({ connectionString: testDatabase.adminUrl });
  await admin.connect();
  mine = await seedTenant(testDatabase, { slug: 'mine', name: 'Mine' });
  theirs = await seedTenant(testDatabase, { slug: 'theirs', name: 'Theirs' });
  await insertRowEverywhere(admin, mine.tenantId, 'mine');
  await insertRowEverywhere(admin, theirs.tenantId, 'theirs');
});

afterAll(async () => {
  await admin?.end();
  await testDatabase?.drop();
});

describe.each(BOUND_ROLES)('$role, with every right on a table', (bound) => {
  const intrusion = (table: TenantTable) => ({ bound, table, mine: mine.tenantId, theirs: theirs.tenantId });

  test.each(tables)('%s: nothing of another tenant is read, changed, handed over, removed or added', async (table) => {
    expect(await findBreaches(admin, intrusion(table))).toEqual([]);
  });

  // Each wall is taken down in turn: a check that does not notice is none.
  test.each(tables)('%s: it shows when its policy is weakened', async (table) => {
    const { policy } = bound;
    const missed: string[] = [];
    const sabotages = [
      `alter policy ${policy} on ${table} using (true)`,
      `alter policy ${policy} on ${table} with check (true)`,
      `create policy open_to_all on ${table} using (true)`,
      `alter table ${table} disable row level security`,
    ];
    for (const sabotage of sabotages) {
      const breaches = await findBreaches(admin, { ...intrusion(table), sabotage });
      if (breaches.length === 0) missed.push(sabotage);
    }
    expect(missed).toEqual([]);
  });
});
