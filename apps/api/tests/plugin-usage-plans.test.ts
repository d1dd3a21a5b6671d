import { createTestDatabase, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

const NAME = '@community/popular';
const USES = 100_000;
/** A page may look at a few rows for each that it shows, and never at all of them. */
const MAX_BUFFERS = 1_500;

/** Of 50 pipelines. What the uses belong to plays no part here. */
const FILL = `
  insert into plugin_uses (tenant_id, run_id, plugin_name, version, integrity, pipeline_id, pipeline_version_id, used_at)
  select $1, gen_random_uuid(), '${NAME}', (array['1.0.0', '1.1.0'])[1 + (random() < 0.1)::int], 'sha512-x',
    md5((n % 50)::text)::uuid, gen_random_uuid(), now() - random() * interval '90 days'
  from generate_series(1, ${USES}) n`;

let database: TestDatabase;
let admin: Client;
let app: Client;
let tenantId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ tenantId } = await seedTenant(database, { slug: 'acme', name: 'Acme' }));
  admin = new Client({ connectionString: database.adminUrl });
  app = new Client({ connectionString: database.urls.app });
  await Promise.all([admin.connect(), app.connect()]);
  await admin.query('set session_replication_role = replica');
  await admin.query(FILL, [tenantId]);
  await admin.query('vacuum analyze plugin_uses');
}, 120_000);

afterAll(async () => {
  await Promise.all([admin?.end(), app?.end()]);
  await database?.drop();
});

/** Pages of the buffer cache that a statement looks at, in the role and the tenant of the API. */
const buffersOf = async (sql: string): Promise<number> => {
  await app.query('begin');
  await app.query(`select set_config('app.tenant_id', $1, true), set_config('app.is_operator', 'on', true)`, [
    tenantId,
  ]);
  await app.query(sql);
  const { rows } = await app.query<{ 'QUERY PLAN': readonly [{ Plan: Record<string, number> }] }>(
    `explain (analyze, buffers, format json) ${sql}`,
  );
  await app.query('rollback');
  const plan = rows[0]?.['QUERY PLAN'][0].Plan ?? {};
  return (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
};

const VERSIONS = `array['1.0.0', '1.1.0']`;

it.each([
  ['runs', `select * from runs_using('${NAME}', ${VERSIONS}, null, null, null, null, false, 101)`],
  ['the last runs', `select * from runs_using('${NAME}', ${VERSIONS}, null, null, null, null, true, 101)`],
  [
    'runs of all tenants',
    `select * from runs_using_across('${NAME}', ${VERSIONS}, null, null, null, null, false, 101)`,
  ],
  ['pipelines', `select * from pipelines_using('${NAME}', ${VERSIONS}, null, null, null, null, false, false, 101)`],
  ['tenants', `select * from pipelines_using_across('${NAME}', ${VERSIONS}, null, null, null, null, false, true, 101)`],
])('%s of 100,000 uses are found without reading them all', async (_, sql) => {
  expect(await buffersOf(sql)).toBeLessThan(MAX_BUFFERS);
});

it('gives each run once, however the pages are cut', async () => {
  const seen = new Set<string>();
  let at: string | null = null;
  let id: string | null = null;
  await app.query('begin');
  await app.query(`select set_config('app.tenant_id', $1, true)`, [tenantId]);
  for (let page = 0; page < 5; page += 1) {
    const { rows }: { readonly rows: readonly { readonly run_id: string; readonly at: string }[] } = await app.query(
      `select run_id, used_at::text as at from runs_using($1, ${VERSIONS}, $2, $3, null, null, false, 50)`,
      [NAME, at, id],
    );
    for (const row of rows) seen.add(row.run_id);
    at = rows.at(-1)?.at ?? null;
    id = rows.at(-1)?.run_id ?? null;
  }
  await app.query('rollback');
  expect(seen.size).toBe(250);
});
