import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { createTestDatabase, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import type { TaskExecutor } from '@ia-modules/engine';
import { BUILT_IN_PLUGINS } from '@ia-modules/built-in-plugins';
import { createContext } from '@ia-modules/plugin-sdk/host';
import { createRuntime, type Runtime } from '@ia-modules/runtime-postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { demoPipelines } from '../src/demo-pipelines.ts';
import { ask } from './graphql-client.ts';
import { openSocket, RUN_EVENTS, type SocketClient } from './socket-client.ts';

let database: TestDatabase;
let api: TestApi;
let runtime: Runtime;
let socket: SocketClient;
let token: string;
let tenantId: string;

/** The built-in http plugin in process, as a worker runs it. */
const executor: TaskExecutor = {
  execute: async ({ uses, input, idempotencyKey, stepId, attempt }, { signal, addCost }) => {
    const plugin = uses === 'http.request' ? await BUILT_IN_PLUGINS.get('http')?.load() : undefined;
    const step = plugin?.contributions[0];
    if (step === undefined) throw new Error(`Nothing here runs ${uses}.`);
    const task = { runId: 'run', stepId, attempt };
    return step.run(input, createContext({ fetch, signal, secrets: {}, idempotencyKey, task, onCost: addCost }));
  },
};

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  runtime = createRuntime({ databaseUrl: database.urls.worker, executorFor: () => executor });
  await runtime.leading;
  token = await (await seedTenant(database, { slug: 'acme', name: 'Acme' })).apiToken(TOKEN_SCOPES);
  tenantId = (await ask(api, token, '{ tenant(slug: "acme") { id } }'))['tenant'].id;
  socket = openSocket(api, token);
});

afterAll(async () => {
  await socket?.close();
  await runtime?.stop();
  await api?.close();
  await database?.drop();
});

const start = async (definition: object, parameters: object = {}): Promise<string> => {
  const create = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
    ... on CreatePipelineSuccess { pipeline { id } } ... on ValidationFailed { diagnostics { path message } } } }`;
  const { createPipeline } = await ask(api, token, create, { input: { tenantId, definition } });
  expect(createPipeline).toHaveProperty('pipeline');
  const startRun = `mutation ($input: StartRunInput!) { startRun(input: $input) { ... on StartRunSuccess { run { id } } } }`;
  const input = { pipelineId: createPipeline.pipeline.id, parameters };
  return (await ask(api, token, startRun, { input }))['startRun'].run.id;
};

const RUN = `query ($id: ID!) { node(id: $id) { ... on Run {
  status outputs error { code message } durationMs steps { nodes { stepId status attempts } } events(first: 100) { nodes { seq } } } } }`;

it.each(demoPipelines('http://localhost:1').map((definition) => [definition['name']]))(
  'the demo pipeline %s runs to its end before the eyes of a subscriber',
  async (name) => {
    const definition = demoPipelines(api.url).find((candidate) => candidate['name'] === name) ?? {};
    const id = await start(definition);
    const events = socket.subscribe(RUN_EVENTS, { runId: id });
    await events.done;
    expect(events.errors).toEqual([]);
    expect(events.items[0]?.['type']).toBe('run_started');
    expect(events.items.at(-1)?.['type']).toBe('run_succeeded');
    const { node } = await ask(api, token, RUN, { id });
    expect(node).toMatchObject({ status: 'succeeded', error: null });
    expect(node.events.nodes.map((event: { seq: number }) => event.seq)).toEqual(
      events.items.map((item) => item['seq']),
    );
    const statuses = node.steps.nodes.map((step: { status: string }) => step.status);
    expect(statuses.filter((status: string) => status === 'skipped')).toHaveLength(1);
    expect(statuses.filter((status: string) => status === 'succeeded')).toHaveLength(statuses.length - 1);
  },
);

it('a canceled run ends for its subscribers as canceled', async () => {
  const definition = { name: 'sleeper', steps: [{ id: 'sleep', uses: 'core.wait', with: { duration: '1h' } }] };
  const id = await start(definition);
  const events = socket.subscribe(RUN_EVENTS, { runId: id });
  await events.waitFor(1);
  const cancel = `mutation ($id: ID!) { cancelRun(input: { runId: $id, reason: "enough" }) { ... on CancelRunSuccess { run { id } } } }`;
  await ask(api, token, cancel, { id });
  await events.done;
  expect(events.items.at(-1)).toMatchObject({ type: 'run_canceled', data: { reason: 'enough' } });
  const again = 'mutation ($id: ID!) { cancelRun(input: { runId: $id }) { kind: __typename } }';
  expect((await ask(api, token, again, { id }))['cancelRun'].kind).toBe('Conflict');
});
