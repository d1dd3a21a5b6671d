import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { createTestDatabase, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask, send } from './graphql-client.ts';

const RUNS = 5;
const VALUE_BYTES = 20 * 1_024 * 1_024;

let database: TestDatabase;
let api: TestApi;
let token: string;

/** Runs whose outputs and events are as large as plugins may make them. */
const makeRuns = async (): Promise<void> => {
  const tenantId = (await ask(api, token, '{ tenant(slug: "acme") { id } }'))['tenant'].id;
  const definition = { name: 'large', steps: [{ id: 'a', uses: 'core.noop' }] };
  const create = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
    ... on CreatePipelineSuccess { pipeline { id } } } }`;
  const { createPipeline } = await ask(api, token, create, { input: { tenantId, definition } });
  const start = 'mutation ($input: StartRunInput!) { startRun(input: $input) { kind: __typename } }';
  for (let count = 0; count < RUNS; count += 1)
    await ask(api, token, start, { input: { pipelineId: createPipeline.pipeline.id } });
  const admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  await admin.query(`update runs set outputs = json_build_object('text', repeat('x', $1))`, [VALUE_BYTES]);
  await admin.query(
    `insert into run_event_chunks (tenant_id, run_id, first_seq, last_seq, events)
     select tenant_id, id, 1, 1, json_build_array(json_build_object('at', 0, 'type', 'run_succeeded',
       'data', json_build_object('outputs', outputs))) from runs`,
  );
  await admin.end();
};

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  token = await (await seedTenant(database, { slug: 'acme', name: 'Acme' })).apiToken(TOKEN_SCOPES);
  await makeRuns();
});

afterAll(async () => {
  await api?.close();
  await database?.drop();
});

const runs = (first: number, fields: string) =>
  send(api, { token, query: `{ tenant(slug: "acme") { runs(first: ${first}) { nodes { ${fields} } } } }` });

it.each(['outputs', 'events(first: 1) { nodes { data } }', 'steps(first: 1) { nodes { output } }'])(
  'a few runs are read with their %s, and too many at once are refused',
  async (fields) => {
    const few = await runs(2, fields);
    expect(few.errors).toBeUndefined();
    expect(few.data?.['tenant'].runs.nodes).toHaveLength(2);
    const { data, errors } = await runs(RUNS, fields);
    expect(JSON.stringify(data).length).toBeLessThan(10_000);
    expect(new Set(errors?.map((error) => error.extensions?.['code']))).toEqual(new Set(['IA_API_LIMIT']));
  },
);

it('lists of runs do not read what nobody asks for', async () => {
  const { data, errors } = await runs(RUNS, 'id status');
  expect(errors).toBeUndefined();
  expect(data?.['tenant'].runs.nodes).toHaveLength(RUNS);
});

it('what an operation reads under several names counts together', async () => {
  const names = ['a', 'b', 'c'].map((name) => `${name}: runs(first: ${RUNS - 3}) { nodes { outputs } }`);
  const together = `{ tenant(slug: "acme") { ${names[0]} large: runs(last: 3) { nodes { outputs } } } }`;
  const { errors } = await send(api, { token, query: together });
  expect(errors?.[0]?.extensions?.['code']).toBe('IA_API_LIMIT');
  const same = await send(api, { token, query: `{ tenant(slug: "acme") { ${names.join(' ')} } }` });
  expect(same.errors).toBeUndefined();
});
