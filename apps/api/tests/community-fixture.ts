import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import {
  createTestDatabase,
  insertRowEverywhere,
  publishPlugin,
  seedTenant,
  type TestDatabase,
} from '@ia-modules/database/testing';
import { Client } from 'pg';
import { recordUse } from './community-values.ts';
import { ask, type Data, signUp } from './graphql-client.ts';

export const OPERATOR = 'ops@example.com';

/** A tenant with a run, and what its owner signs requests with. */
export type Party = {
  readonly slug: string;
  readonly rowId: string;
  /** Global id. */
  readonly tenantId: string;
  readonly runId: string;
  readonly email: string;
  readonly token: string;
};

/** An API with tenants that publish, use and judge plugins, and the operator of the platform. */
export class CommunityFixture {
  readonly api: TestApi;
  readonly database: TestDatabase;
  readonly admin: Client;
  /** Of the operator's session. */
  readonly operator: string;

  private constructor(parts: Pick<CommunityFixture, 'api' | 'database' | 'admin' | 'operator'>) {
    this.api = parts.api;
    this.database = parts.database;
    this.admin = parts.admin;
    this.operator = parts.operator;
  }

  static async open(): Promise<CommunityFixture> {
    const database = await createTestDatabase();
    const api = await startTestApi(database, { IA_PLATFORM_ADMINS: OPERATOR });
    const admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    const { token: operator } = await signUp(api, OPERATOR);
    await admin.query(`update auth."user" set "emailVerified" = true where email = $1`, [OPERATOR]);
    return new CommunityFixture({ database, api, admin, operator });
  }

  async close(): Promise<void> {
    await this.api.close();
    await this.admin.end();
    await this.database.drop();
  }

  async party(slug: string): Promise<Party> {
    const tenant = await seedTenant(this.database, { slug, name: slug });
    await insertRowEverywhere(this.admin, tenant.tenantId, slug);
    // What it has said, reported and ruled belongs to no test.
    for (const table of ['plugin_reviews', 'plugin_reports', 'plugin_rules', 'takedowns', 'publishers']) {
      await this.admin.query(`delete from ${table} where tenant_id = $1`, [tenant.tenantId]);
    }
    const token = await tenant.apiToken(TOKEN_SCOPES);
    const { rows } = await this.admin.query<{ id: string }>('select id from runs where tenant_id = $1', [
      tenant.tenantId,
    ]);
    const tenantId = Buffer.from(`Tenant:${tenant.tenantId}`).toString('base64url');
    return { slug, rowId: tenant.tenantId, tenantId, runId: rows[0]?.id ?? '', email: tenant.email, token };
  }

  publish(owner: Party, name: string, versions: readonly string[], visibility: 'public' | 'private' = 'public') {
    return versions.reduce(
      (before, version) =>
        before.then(() => publishPlugin(this.database, { tenantId: owner.rowId, name, version, visibility })),
      Promise.resolve(),
    );
  }

  use({ runId }: Party, name: string, version = '1.0.0'): Promise<void> {
    return recordUse(this.database, { runId, name, version });
  }

  ask(as: Party | string | undefined, query: string, variables: object = {}): Promise<Data> {
    return ask(this.api, typeof as === 'object' ? as.token : as, query, variables);
  }

  /** Sends a mutation that takes an input, and gives what it answers. */
  async change(as: Party | string | undefined, field: string, input: object, selection = ''): Promise<Data> {
    const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
    const query = `mutation ($input: ${type}Input!) { ${field}(input: $input) { kind: __typename
      ... on ${type}Success { ${selection === '' ? '__typename' : selection} } ... on Error { code message } } }`;
    return (await this.ask(as, query, { input }))[field];
  }

  async actionsOf({ rowId }: Party): Promise<string[]> {
    const sql = `select action from audit_log where tenant_id = $1 and actor ->> 'kind' <> 'system' order by seq`;
    return (await this.admin.query<{ action: string }>(sql, [rowId])).rows.map(({ action }) => action);
  }
}
