import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { createTestDatabase, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask } from './graphql-client.ts';

const run = promisify(execFile);
const DOCUMENT = readFileSync(fileURLToPath(new URL('../../../docs/triggers.md', import.meta.url)), 'utf8');

let database: TestDatabase;
let api: TestApi;
let token: string;
let webhook: { readonly WEBHOOK_URL: string; readonly WEBHOOK_SECRET: string };

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  token = await (await seedTenant(database, { slug: 'acme', name: 'Acme' })).apiToken(TOKEN_SCOPES);
  const tenantId = (await ask(api, token, '{ tenant(slug: "acme") { id } }'))['tenant'].id;
  const definition = {
    name: 'orders',
    parameters: { type: 'object', properties: { day: { type: 'integer' } }, required: ['day'] },
    steps: [{ id: 'only', uses: 'core.noop' }],
  };
  const createPipeline = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
    ... on CreatePipelineSuccess { pipeline { id } } } }`;
  const pipeline = await ask(api, token, createPipeline, { input: { tenantId, definition } });
  const createWebhook = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) {
    ... on CreateWebhookSuccess { secret webhook { url } } } }`;
  const input = { pipelineId: pipeline['createPipeline'].pipeline.id, name: 'orders' };
  const created = (await ask(api, token, createWebhook, { input }))['createWebhook'];
  // The API of a test does not know the port that it got.
  const url = new URL(new URL(created.webhook.url).pathname, api.url);
  webhook = { WEBHOOK_URL: url.href, WEBHOOK_SECRET: created.secret };
});

afterAll(async () => {
  await api?.close();
  await database?.drop();
});

const example = (language: 'sh' | 'js'): string => {
  const code = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(DOCUMENT)?.[1];
  if (code === undefined) throw new Error(`docs/triggers.md has no example in ${language}.`);
  return code;
};

const hasTools = await run('sh', ['-c', 'command -v curl && command -v openssl']).then(
  () => true,
  () => false,
);

const env = () => ({ PATH: process.env['PATH'], ...webhook });

/** The run that a call answered. */
const readRun = async (output: string) => {
  const { runId } = JSON.parse(output) as { runId: string };
  const query = 'query ($id: ID!) { node(id: $id) { ... on Run { parameters trigger } } }';
  return (await ask(api, token, query, { id: runId }))['node'];
};

it.skipIf(!hasTools)('the documented call with curl and openssl starts a run', async () => {
  const { stdout } = await run('sh', ['-c', example('sh')], { env: env() });
  expect(await readRun(stdout)).toMatchObject({ parameters: { day: 1 }, trigger: { body: { order: 7 } } });
});

it('the documented call in JavaScript starts a run', async () => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', example('js')], { env: env() });
  expect(await readRun(stdout)).toMatchObject({ parameters: { day: 1 }, trigger: { body: { order: 8 } } });
});
