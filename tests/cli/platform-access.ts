import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { type CommandResult, runCommand } from '@ia-modules/cli/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { createTestDatabase, seedTenant, type SeededTenant, type TestDatabase } from '@ia-modules/database/testing';
import type { TaskExecutor } from '@ia-modules/engine';
import { createRuntime } from '@ia-modules/runtime-postgres';

/** A real API and a real worker on a database of their own, with the command line of a tenant's owner. */
export type PlatformAccess = {
  readonly api: TestApi;
  readonly database: TestDatabase;
  readonly tenant: SeededTenant;
  readonly token: string;
  /** Runs `ia-modules` with the address and the token. */
  readonly cli: (...args: readonly string[]) => Promise<CommandResult>;
  /** The same with --json, whose answer it reads. */
  readonly json: (...args: readonly string[]) => Promise<ReturnType<typeof JSON.parse>>;
  /** Saves a pipeline and gives its global id. */
  readonly save: (definition: object) => Promise<string>;
  readonly stop: () => Promise<void>;
};

const CREATE = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
  ... on CreatePipelineSuccess { pipeline { id } }
  ... on Error { code message } ... on ValidationFailed { diagnostics { path message } } } }`;

/** Nothing runs here but the steps of the language. */
const executor: TaskExecutor = {
  execute: ({ uses }) => Promise.reject(new Error(`Nothing here runs ${uses}.`)),
};

export const startPlatform = async (): Promise<PlatformAccess> => {
  const database = await createTestDatabase();
  const api = await startTestApi(database);
  const runtime = createRuntime({ databaseUrl: database.urls.worker, executorFor: () => executor });
  await runtime.leading;
  const tenant = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  const token = await tenant.apiToken(TOKEN_SCOPES);
  const cli: PlatformAccess['cli'] = (...args) => runCommand(...args, '--api', api.graphqlUrl, '--token', token);
  const tenantId = Buffer.from(`Tenant:${tenant.tenantId}`).toString('base64url');
  return {
    api,
    database,
    tenant,
    token,
    cli,
    json: async (...args) => JSON.parse((await cli(...args, '--json')).stdout),
    save: async (definition) => {
      const response = await fetch(api.graphqlUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query: CREATE, variables: { input: { tenantId, definition } } }),
      });
      const { data } = (await response.json()) as { data: { createPipeline: { pipeline?: { id: string } } } };
      const id = data.createPipeline.pipeline?.id;
      if (id === undefined) throw new Error(JSON.stringify(data));
      return id;
    },
    stop: async () => {
      await runtime.stop();
      await api.close();
      await database.drop();
    },
  };
};
