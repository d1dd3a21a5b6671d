import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { createApiToken, createDatabase, type Role, TOKEN_SCOPES, withTenant } from '@ia-modules/database';
import { createTestDatabase, type SeededTenant, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import type { RunEvent } from '@ia-modules/engine';
import { Client } from 'pg';
import { ask, type Data } from './graphql-client.ts';
import { createWorkerRows, type StoredRunKey, type WorkerRows } from './recorded-run.ts';

/** A stored run by its global id, and by its row. */
export type TestRun = StoredRunKey & { readonly id: string };

export type ControlFixture = {
  readonly api: TestApi;
  readonly database: TestDatabase;
  readonly rows: WorkerRows;
  readonly tenant: SeededTenant;
  readonly tenantId: string;
  /** Of an owner. */
  readonly token: string;
  ask(query: string, variables?: object, token?: string): Promise<Data>;
  createPipeline(definition: object): Promise<string>;
  start(pipelineId: string): Promise<TestRun>;
  /** Creates a pipeline and stores a run of it with the log of a real one. */
  recorded(
    definition: object,
    options?: Parameters<WorkerRows['record']>[2],
  ): Promise<TestRun & { readonly pipelineId: string; readonly events: readonly RunEvent[] }>;
  /** A token of another member of the tenant. */
  member(role: Role): Promise<{ readonly userId: string; readonly email: string; readonly token: string }>;
  close(): Promise<void>;
};

const CREATE = `mutation ($tenantId: ID!, $definition: JSON!) {
  createPipeline(input: { tenantId: $tenantId, definition: $definition }) {
    kind: __typename ... on CreatePipelineSuccess { pipeline { id } } ... on ValidationFailed { diagnostics { code path message } } } }`;
const START = `mutation ($id: ID!) { startRun(input: { pipelineId: $id }) {
  kind: __typename ... on StartRunSuccess { run { id } } } }`;

export const rowOf = (globalId: string): StoredRunKey => {
  const [, tenantId = '', runId = ''] = Buffer.from(globalId, 'base64url').toString('utf8').split(':');
  return { tenantId, runId };
};

const addMember = async (database: TestDatabase, tenantId: string, role: Role) => {
  const userId = crypto.randomUUID();
  const email = `${role}-${userId.slice(0, 8)}@example.com`;
  const client = new Client({ connectionString: database.urls.auth });
  await client.connect();
  await client.query(`insert into "user" ("id", "name", "email", "emailVerified") values ($1, $2, $3, true)`, [
    userId,
    role,
    email,
  ]);
  await client.query(`insert into "member" ("organizationId", "userId", "role") values ($1, $2, $3)`, [
    tenantId,
    userId,
    role,
  ]);
  await client.end();
  return { userId, email };
};

const issueToken = async (database: TestDatabase, tenantId: string, userId: string): Promise<string> => {
  const app = createDatabase({ url: database.urls.app, maxConnections: 1 });
  const { token } = await withTenant(app, tenantId, (tx) =>
    createApiToken(tx, { tenantId, name: 'test', scopes: TOKEN_SCOPES, createdBy: userId }),
  );
  await app.close();
  return token;
};

/** An API on a database of its own, with one tenant, its owner's token and somebody who writes what workers write. */
export const createControlFixture = async (
  settings: Readonly<Record<string, string>> = {},
): Promise<ControlFixture> => {
  const database = await createTestDatabase();
  const [api, rows] = await Promise.all([startTestApi(database, settings), createWorkerRows(database)]);
  const tenant = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  const token = await tenant.apiToken(TOKEN_SCOPES);
  const tenantId: string = (await ask(api, token, '{ tenant(slug: "acme") { id } }'))['tenant'].id;
  let count = 0;

  const fixture: ControlFixture = {
    api,
    database,
    rows,
    tenant,
    tenantId,
    token,
    ask: (query, variables = {}, as = token) => ask(api, as, query, variables),
    async createPipeline(definition) {
      count += 1;
      const named = { name: `pipeline-${count}`, ...definition };
      const { createPipeline } = await ask(api, token, CREATE, { tenantId, definition: named });
      if (createPipeline.kind !== 'CreatePipelineSuccess') throw new Error(JSON.stringify(createPipeline));
      return createPipeline.pipeline.id;
    },
    async start(pipelineId) {
      const { startRun } = await ask(api, token, START, { id: pipelineId });
      return { id: startRun.run.id, ...rowOf(startRun.run.id) };
    },
    async recorded(definition, options) {
      const pipelineId = await fixture.createPipeline(definition);
      const run = await fixture.start(pipelineId);
      const events = await rows.record(run, { name: 'recorded', ...definition }, options);
      return { ...run, pipelineId, events };
    },
    async member(role) {
      const { userId, email } = await addMember(database, tenant.tenantId, role);
      return { userId, email, token: await issueToken(database, tenant.tenantId, userId) };
    },
    async close() {
      await api.close();
      await rows.close();
      await database.drop();
    },
  };
  return fixture;
};

/** A mutation that answers a run, as tests ask for it. */
export const runMutation = (name: string): string => {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  return `mutation ($input: ${type}Input!) { ${name}(input: $input) { kind: __typename
    ... on ${type}Success { run { id status originKind origin { id } } } ... on Error { code message hint }
    ... on ValidationFailed { diagnostics { code } } } }`;
};
