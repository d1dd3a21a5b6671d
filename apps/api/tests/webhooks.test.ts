import { createHmac, randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { createTestDatabase, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, type Data } from './graphql-client.ts';

type Hook = { readonly id: string; readonly path: string; readonly secret: string };

let database: TestDatabase;
let api: TestApi;
let admin: Client;
let token: string;
let tenantId: string;
let pipelineId: string;
let hook: Hook;

const CREATE_PIPELINE = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
  ... on CreatePipelineSuccess { pipeline { id } } ... on Error { message } } }`;
const CREATE_WEBHOOK = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) {
  kind: __typename ... on CreateWebhookSuccess { secret webhook { id url name isEnabled } } ... on Error { code message } } }`;
const UPDATE_WEBHOOK = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { kind: __typename } }`;
const READ_RUN = `query ($id: ID!) { node(id: $id) { ... on Run { status parameters trigger pipeline { id } } } }`;

const createPipeline = async (name: string): Promise<string> => {
  const definition = {
    name,
    parameters: { type: 'object', properties: { count: { type: 'integer', default: 3 } } },
    steps: [{ id: 'only', uses: 'core.noop' }],
  };
  return (await ask(api, token, CREATE_PIPELINE, { input: { tenantId, definition } }))['createPipeline'].pipeline.id;
};

const createWebhook = async (ofPipeline: string): Promise<Hook> => {
  const input = { pipelineId: ofPipeline, name: `hook-${randomUUID()}` };
  const { webhook, secret } = (await ask(api, token, CREATE_WEBHOOK, { input }))['createWebhook'];
  return { id: webhook.id, path: new URL(webhook.url).pathname, secret };
};

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  token = await (await seedTenant(database, { slug: 'acme', name: 'Acme' })).apiToken(TOKEN_SCOPES);
  tenantId = (await ask(api, token, '{ tenant(slug: "acme") { id } }'))['tenant'].id;
  pipelineId = await createPipeline('orders');
  hook = await createWebhook(pipelineId);
});

afterAll(async () => {
  await api?.close();
  await admin?.end();
  await database?.drop();
});

const sign = (secret: string, text: string): string =>
  `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`;

const signedHeaders = (secret: string, body: string, atMs = Date.now()): Record<string, string> => {
  const timestamp = String(Math.floor(atMs / 1_000));
  return {
    'content-type': 'application/json',
    'x-ia-timestamp': timestamp,
    'x-ia-signature': sign(secret, `${timestamp}.${body}`),
  };
};

const call = async (path: string, body: string, headers: Record<string, string>) => {
  const response = await fetch(`${api.url}${path}`, { method: 'POST', body, headers });
  return { status: response.status, body: (await response.json()) as Data };
};

const countRuns = async (): Promise<number> =>
  Number((await admin.query(`select count(*) from runs where created_by like 'webhook:%'`)).rows[0].count);

describe('a signed call', () => {
  it('starts a run with what it brings, and nothing of its credentials', async () => {
    const body = JSON.stringify({ parameters: { count: 5 }, note: 'hi' });
    const headers = {
      ...signedHeaders(hook.secret, body),
      'user-agent': 'shop/1',
      'x-event-type': 'order',
      cookie: 'a=b',
    };
    const { status, body: answer } = await call(hook.path, body, headers);
    expect(status).toBe(202);
    const { node } = await ask(api, token, READ_RUN, { id: answer['runId'] });
    expect(node).toMatchObject({ status: 'pending', parameters: { count: 5 }, pipeline: { id: pipelineId } });
    expect(node.trigger).toEqual({
      type: 'webhook',
      webhook: hook.path.split('/').at(-1),
      name: expect.stringContaining('hook-'),
      headers: { 'content-type': 'application/json', 'user-agent': 'shop/1', 'x-event-type': 'order' },
      body: { parameters: { count: 5 }, note: 'hi' },
    });
    const read = 'query ($id: ID!) { node(id: $id) { ... on Webhook { lastReceivedAt pipeline { id } } } }';
    const { node: webhook } = await ask(api, token, read, { id: hook.id });
    expect(webhook).toEqual({ lastReceivedAt: expect.any(String), pipeline: { id: pipelineId } });
  });

  it('may bring text, or nothing', async () => {
    for (const [text, kept] of [
      ['plain words', 'plain words'],
      ['', null],
    ] as const) {
      const headers = {
        ...signedHeaders(hook.secret, text),
        'content-type': 'text/plain',
        'x-ia-delivery': randomUUID(),
      };
      const { status, body: answer } = await call(hook.path, text, headers);
      expect(status).toBe(202);
      const { node } = await ask(api, token, READ_RUN, { id: answer['runId'] });
      expect(node).toMatchObject({ parameters: { count: 3 }, trigger: { body: kept } });
    }
  });

  it('starts one run when it is sent again, as it was or signed anew, also many times at once', async () => {
    const body = JSON.stringify({ at: randomUUID() });
    const headers = { ...signedHeaders(hook.secret, body), 'x-ia-delivery': randomUUID() };
    const before = await countRuns();
    const answers = await Promise.all(Array.from({ length: 6 }, () => call(hook.path, body, headers)));
    expect(answers.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([
      200, 200, 200, 200, 200, 202,
    ]);
    const again = { ...headers, ...signedHeaders(hook.secret, body, Date.now() + 5_000) };
    answers.push(
      await call(hook.path, body, again),
      await call(hook.path, body, { ...headers, 'x-ia-delivery': 'other' }),
    );
    expect(new Set(answers.map((answer) => answer.body['runId'])).size).toBe(1);
    expect(answers.at(-1)?.status).toBe(200);
    expect(await countRuns()).toBe(before + 1);
    await admin.query('delete from webhook_deliveries');
    expect(await call(hook.path, body, again)).toMatchObject({ status: 200, body: answers[0]?.body });
  });

  it("may be signed as GitHub's are", async () => {
    const body = JSON.stringify({ ref: 'refs/heads/main' });
    const headers = {
      'content-type': 'application/json',
      'x-hub-signature-256': sign(hook.secret, body),
      'x-github-delivery': randomUUID(),
      'x-github-event': 'push',
    };
    const first = await call(hook.path, body, headers);
    expect(first.status).toBe(202);
    expect(await call(hook.path, body, headers)).toEqual({ status: 200, body: first.body });
    const { node } = await ask(api, token, READ_RUN, { id: first.body['runId'] });
    expect(node.trigger.headers).toMatchObject({ 'x-github-event': 'push' });
    expect((await call(hook.path, body, { ...headers, 'x-github-delivery': '' })).status).toBe(401);
  });
});

describe('what is refused', () => {
  it('gets one answer, whether the webhook is there or not', async () => {
    const disabled = await createWebhook(pipelineId);
    await ask(api, token, UPDATE_WEBHOOK, { input: { id: disabled.id, isEnabled: false } });
    const before = await countRuns();
    const body = '{}';
    const good = signedHeaders(hook.secret, body);
    const refusals = await Promise.all([
      call(hook.path, body, signedHeaders('guess', body)),
      call(hook.path, '{"a":1}', good),
      call(hook.path, body, { 'content-type': 'application/json' }),
      call(hook.path, body, signedHeaders(hook.secret, body, Date.now() - 301_000)),
      call(hook.path, body, signedHeaders(hook.secret, body, Date.now() + 302_000)),
      call(`/hooks/${randomUUID()}`, body, good),
      call(`/hooks/${hook.path.split('/').at(-1)?.toUpperCase()}x`, body, good),
      call('/hooks/', body, good),
      call(disabled.path, body, signedHeaders(disabled.secret, body)),
    ]);
    for (const refusal of refusals) expect(refusal).toEqual(refusals[0]);
    expect(refusals[0]).toMatchObject({
      status: 401,
      body: { errors: [{ extensions: { code: 'IA_API_UNAUTHENTICATED' } }] },
    });
    expect(await countRuns()).toBe(before);
  });

  it('is not let in by the secret of before a rotation', async () => {
    const rotated = await createWebhook(pipelineId);
    const rotate = `mutation ($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) {
      kind: __typename ... on RotateWebhookSecretSuccess { secret webhook { id } } } }`;
    const { rotateWebhookSecret: result } = await ask(api, token, rotate, { input: { id: rotated.id } });
    expect(result).toMatchObject({ kind: 'RotateWebhookSecretSuccess', webhook: { id: rotated.id } });
    expect((await call(rotated.path, '{}', signedHeaders(rotated.secret, '{}'))).status).toBe(401);
    expect((await call(rotated.path, '{}', signedHeaders(result.secret, '{}'))).status).toBe(202);
  });

  it.each([
    ['parameters that do not fit', '{"parameters":{"count":"many"}}'],
    ['parameters that are no object', '{"parameters":[1]}'],
    ['no JSON', '{"parameters":'],
    ['a NUL character', '{"a":"\\u0000"}'],
    ['a number beyond all bounds', '{"a":1e400}'],
    ['half a surrogate pair', '{"a":"\\ud800"}'],
    ['nesting without end', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
  ])('says 422 for %s, and the same when it comes again', async (_what, body) => {
    const headers = signedHeaders(hook.secret, body);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const answer = await call(hook.path, body, headers);
      expect(answer.status).toBe(422);
      expect(answer.body['errors'][0].extensions.code).toBe('IA_API_INVALID');
    }
  });

  it('names the parameter that does not fit', async () => {
    const body = '{"parameters":{"count":"many"}}';
    const answer = await call(hook.path, body, signedHeaders(hook.secret, body));
    expect(answer.body['errors'][0].extensions.diagnostics).toMatchObject([{ path: '$.count' }]);
  });

  it('says 409 when the pipeline is archived', async () => {
    const archived = await createPipeline('archived');
    const ofArchived = await createWebhook(archived);
    await ask(api, token, 'mutation ($id: ID!) { archivePipeline(input: { id: $id }) { kind: __typename } }', {
      id: archived,
    });
    expect((await call(ofArchived.path, '{}', signedHeaders(ofArchived.secret, '{}'))).status).toBe(409);
  });

  it('says 413 for a body that is too large, said beforehand or not, and 405 for another method', async () => {
    const large = `"${'x'.repeat(256 * 1024)}"`;
    expect((await call(hook.path, large, signedHeaders(hook.secret, large))).status).toBe(413);
    const unsaid = await new Promise<number | undefined>((resolve, reject) => {
      const sent = httpRequest(`${api.url}${hook.path}`, { method: 'POST' }, (response) =>
        resolve(response.statusCode),
      );
      sent.on('error', reject);
      sent.write(large);
      sent.end();
    });
    expect(unsaid).toBe(413);
    expect((await fetch(`${api.url}${hook.path}`)).status).toBe(405);
  });

  it('keeps the secret sealed in the database', async () => {
    const { rows } = await admin.query('select secret from webhooks where id = $1', [hook.path.split('/').at(-1)]);
    expect(rows[0].secret.includes(hook.secret)).toBe(false);
    const { rows: audit } = await admin.query(
      `select details::text as text from audit_log where action like 'webhook.%'`,
    );
    expect(audit.length).toBeGreaterThan(0);
    for (const { text } of audit) expect(text).not.toContain(hook.secret);
  });
});
