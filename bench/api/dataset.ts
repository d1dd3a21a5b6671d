import { randomUUID } from 'node:crypto';
import { createApiToken, createDatabase, TOKEN_SCOPES, withTenant } from '@ia-modules/database';
import { Client } from 'pg';

export type Dataset = {
  readonly tenantSlug: string;
  readonly token: string;
};

type Urls = { readonly adminUrl: string; readonly appUrl: string };
type Shape = { readonly slug: string; readonly pipelines: number; readonly runsEach: number };

/** Fills a tenant with pipelines and ended runs by statements over series, as quickly as the disk allows. */
export const fillTenant = async (
  { adminUrl, appUrl }: Urls,
  { slug, pipelines, runsEach }: Shape,
): Promise<Dataset> => {
  const [tenantId, userId] = [randomUUID(), randomUUID()];
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(`insert into auth."user" ("id", "name", "email", "emailVerified") values ($1, $2, $3, true)`, [
      userId,
      'Owner',
      `owner@${slug}.example`,
    ]);
    await client.query(`insert into auth."organization" ("id", "name", "slug") values ($1, $2, $2)`, [tenantId, slug]);
    await client.query(`insert into auth."member" ("organizationId", "userId", "role") values ($1, $2, 'owner')`, [
      tenantId,
      userId,
    ]);
    await client.query(
      `insert into pipelines (id, tenant_id, name, revision, created_by)
       select gen_random_uuid(), $1, 'pipeline-' || lpad(n::text, 5, '0'), 1, $2 from generate_series(1, $3::int) n`,
      [tenantId, userId, pipelines],
    );
    await client.query(
      `insert into pipeline_versions
         (id, tenant_id, pipeline_id, revision, version, definition, resolved_plugins, content_hash, created_by)
       select gen_random_uuid(), p.tenant_id, p.id, 1, '1.0.0', $2, '{}', md5(p.id::text), $3
       from pipelines p where p.tenant_id = $1`,
      [tenantId, JSON.stringify({ name: 'bench', steps: [{ id: 'a', uses: 'core.noop' }] }), userId],
    );
    await client.query(
      `insert into runs (id, tenant_id, pipeline_id, pipeline_version_id, status, parameters, outputs, trigger, seed, last_seq,
         created_by, created_at, started_at, finished_at, is_metered)
       select gen_random_uuid(), v.tenant_id, v.pipeline_id, v.id,
         case when n % 20 = 0 then 'failed' else 'succeeded' end, '{}', '{}', '{"type": "api"}', n, 12, $2,
         now() - n * interval '1 second', now() - n * interval '1 second', now() - n * interval '1 second', true
       from pipeline_versions v, generate_series(1, $3::int) n where v.tenant_id = $1`,
      [tenantId, userId, runsEach],
    );
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
  return { tenantSlug: slug, token: await makeToken(appUrl, tenantId, userId) };
};

const makeToken = async (appUrl: string, tenantId: string, createdBy: string): Promise<string> => {
  const database = createDatabase({ url: appUrl, maxConnections: 1 });
  try {
    const { token } = await withTenant(database, tenantId, (tx) =>
      createApiToken(tx, { tenantId, name: 'bench', scopes: TOKEN_SCOPES, createdBy }),
    );
    return token;
  } finally {
    await database.close();
  }
};
