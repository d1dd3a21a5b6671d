import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { createApiToken, createDatabase, type Database, TOKEN_SCOPES, withTenant } from '@ia-modules/database';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { rowOf } from './control-fixture.ts';
import type { ExampleScene } from './example-scene.ts';
import { EXAMPLE_VALUES } from './example-values.ts';
import { ask, signUp } from './graphql-client.ts';
import { createWorkerRows, type WorkerRows } from './recorded-run.ts';

const OWNER = 'owner@example.com';

export type ExampleStage = {
  readonly api: TestApi;
  readonly adminUrl: string;
  /** A new tenant of the operator of the platform, or of another person. */
  newScene(email?: string): Promise<ExampleScene>;
  close(): Promise<void>;
};

type StageParts = {
  readonly api: TestApi;
  readonly database: TestDatabase;
  readonly app: Database;
  readonly rows: WorkerRows;
  readonly auth: Client;
  readonly owner: { readonly email: string; readonly token: string; readonly userId: string };
};

const CREATE_TENANT = `mutation ($slug: String!) { createTenant(input: { slug: $slug, name: "Example" }) {
  ... on CreateTenantSuccess { tenant { id } } ... on Error { message } } }`;
const CREATE_PIPELINE = `mutation ($tenantId: ID!, $definition: JSON!) {
  createPipeline(input: { tenantId: $tenantId, definition: $definition }) {
    ... on CreatePipelineSuccess { pipeline { id } } ... on ValidationFailed { diagnostics { code path message } } } }`;
const START_RUN = `mutation ($id: ID!) { startRun(input: { pipelineId: $id }) {
  ... on StartRunSuccess { run { id } } ... on Error { message } } }`;

const addMember = async (auth: Client, rowId: string) => {
  const userId = crypto.randomUUID();
  const email = `${userId.slice(0, 8)}@example.com`;
  const user = `insert into "user" ("id", "name", "email", "emailVerified") values ($1, 'Colleague', $2, true)`;
  await auth.query(user, [userId, email]);
  const member = `insert into "member" ("organizationId", "userId", "role") values ($1, $2, 'editor')`;
  await auth.query(member, [rowId, userId]);
  return { userId, email };
};

const createScene = async (parts: StageParts, slug: string): Promise<ExampleScene> => {
  const { api, database, app, rows, auth, owner } = parts;
  const asOwner = (query: string, variables: object = {}) => ask(api, owner.token, query, variables);
  const { createTenant } = await asOwner(CREATE_TENANT, { slug });
  const tenant: string = createTenant.tenant.id;
  const [, rowId = ''] = Buffer.from(tenant, 'base64url').toString('utf8').split(':');
  const values = new Map<string, Promise<string>>();

  const scene: ExampleScene = {
    api,
    database,
    rows,
    tenant,
    rowId,
    slug,
    userId: owner.userId,
    email: owner.email,
    ask: asOwner,
    async createPipeline(definition) {
      const { createPipeline } = await asOwner(CREATE_PIPELINE, { tenantId: tenant, definition });
      if (!createPipeline.pipeline) throw new Error(JSON.stringify(createPipeline));
      return createPipeline.pipeline.id;
    },
    async start(pipelineId) {
      const { startRun } = await asOwner(START_RUN, { id: pipelineId });
      return { id: startRun.run.id, ...rowOf(startRun.run.id) };
    },
    async record(definition, options) {
      const run = await scene.start(await scene.createPipeline(definition));
      await rows.record(run, definition, options);
      return run;
    },
    addMember: () => addMember(auth, rowId),
    value(name) {
      const make = EXAMPLE_VALUES[name];
      if (make === undefined) throw new Error(`There is no placeholder <${name}>; see tests/example-values.ts.`);
      const made = values.get(name) ?? make(scene);
      values.set(name, made);
      return made;
    },
    async credential(actor) {
      if (actor === 'nobody') return undefined;
      if (actor === 'owner') return owner.token;
      const maker = { tenantId: rowId, name: 'example', scopes: TOKEN_SCOPES, createdBy: owner.userId };
      return (await withTenant(app, rowId, (tx) => createApiToken(tx, maker))).token;
    },
  };
  return scene;
};

const signUpOwner = async (api: TestApi, auth: Client, email: string): Promise<StageParts['owner']> => {
  const { token } = await signUp(api, email);
  const verify = 'update "user" set "emailVerified" = true where email = $1 returning id';
  const { rows } = await auth.query<{ readonly id: string }>(verify, [email]);
  return { email, token, userId: rows[0]?.id ?? '' };
};

/** An API on a database of its own. Scenes belong to who operates the platform, unless they are for somebody else. */
export const openExampleStage = async (): Promise<ExampleStage> => {
  const database = await createTestDatabase();
  const [api, rows] = await Promise.all([
    startTestApi(database, { IA_PLATFORM_ADMINS: OWNER }),
    createWorkerRows(database),
  ]);
  const app = createDatabase({ url: database.urls.app, maxConnections: 2 });
  const auth = new Client({ connectionString: database.urls.auth });
  await auth.connect();
  const parts = { api, database, app, rows, auth, owner: await signUpOwner(api, auth, OWNER) };
  let count = 0;
  return {
    api,
    adminUrl: database.adminUrl,
    async newScene(email) {
      count += 1;
      const owner = email === undefined ? parts.owner : await signUpOwner(api, auth, email);
      return createScene({ ...parts, owner }, `example-${count}`);
    },
    async close() {
      await api.close();
      await Promise.all([rows.close(), app.close(), auth.end()]);
      await database.drop();
    },
  };
};
