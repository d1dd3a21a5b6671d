import {
  createApiToken,
  createDatabase,
  type Database,
  type Role,
  type TokenScope,
  withTenant,
} from '@ia-modules/database';
import type { TestApi } from '@ia-modules/api/testing';
import type { TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { signUp } from './graphql-client.ts';

export type Person = {
  readonly userId: string;
  /** Of a session. */
  readonly token: string;
};

export type Robot = {
  readonly id: string;
  /** Global id. */
  readonly nodeId: string;
};

/** Members of one tenant, made through the tables, each with a real session. */
export type TenantPeople = {
  readonly app: Database;
  join(tenantId: string, role: Role): Promise<Person>;
  /** A member who never signed in: signing up is limited to so many a minute. */
  enlist(tenantId: string, role: Role): Promise<string>;
  setRole(tenantId: string, userId: string, role: Role): Promise<void>;
  /** A personal token of a user. */
  tokenOf(tenantId: string, userId: string, scopes: readonly TokenScope[]): Promise<string>;
  addRobot(tenantId: string, role: Role): Promise<Robot>;
  tokenOfRobot(tenantId: string, robotId: string, scopes: readonly TokenScope[]): Promise<string>;
  close(): Promise<void>;
};

const SERVICE_ACCOUNT = `insert into service_accounts (id, tenant_id, name, description, role, created_by)
  values ($1::uuid, $2, $1::text, '', $3, 'test')`;

export const openTenantPeople = async (api: TestApi, database: TestDatabase): Promise<TenantPeople> => {
  const app = createDatabase({ url: database.urls.app, maxConnections: 2 });
  const admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  const mint = async (input: Parameters<typeof createApiToken>[1]): Promise<string> =>
    (await withTenant(app, input.tenantId, (tx) => createApiToken(tx, input))).token;
  const addMember = (tenantId: string, userId: string, role: Role) =>
    admin.query('insert into auth."member" ("organizationId", "userId", "role") values ($1, $2, $3)', [
      tenantId,
      userId,
      role,
    ]);
  return {
    app,
    async join(tenantId, role) {
      const email = `${crypto.randomUUID()}@example.com`;
      const { token } = await signUp(api, email);
      const { rows } = await admin.query<{ readonly id: string }>(
        'update auth."user" set "emailVerified" = true where email = $1 returning id',
        [email],
      );
      const userId = rows[0]?.id ?? '';
      await addMember(tenantId, userId, role);
      return { userId, token };
    },
    async enlist(tenantId, role) {
      const userId = crypto.randomUUID();
      const user = `insert into auth."user" ("id", "name", "email", "emailVerified") values ($1, 'Member', $2, true)`;
      await admin.query(user, [userId, `${userId}@example.com`]);
      await addMember(tenantId, userId, role);
      return userId;
    },
    async setRole(tenantId, userId, role) {
      const sql = 'update auth."member" set "role" = $3 where "organizationId" = $1 and "userId" = $2';
      await admin.query(sql, [tenantId, userId, role]);
    },
    tokenOf: (tenantId, createdBy, scopes) => mint({ tenantId, name: 'test', scopes, createdBy }),
    async addRobot(tenantId, role) {
      const id = crypto.randomUUID();
      await admin.query(SERVICE_ACCOUNT, [id, tenantId, role]);
      return { id, nodeId: Buffer.from(`ServiceAccount:${tenantId}:${id}`).toString('base64url') };
    },
    tokenOfRobot: (tenantId, serviceAccountId, scopes) =>
      mint({ tenantId, name: 'test', scopes, serviceAccountId, createdBy: `service:${serviceAccountId}` }),
    async close() {
      await Promise.all([app.close(), admin.end()]);
    },
  };
};
