import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask } from './graphql-client.ts';
import { type LiveStage, openLiveStage } from './live-stage.ts';

const CREATE = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
  ... on CreatePipelineSuccess { pipeline { id } } } }`;
const START = `mutation ($id: ID!, $parameters: JSON) { startRun(input: { pipelineId: $id, parameters: $parameters }) {
  ... on StartRunSuccess { run { id } } } }`;
const TIMES = 45;

let stage: LiveStage;
/** Asks for 900 kB, again and again under other names. */
let query: string;
let reader: Socket;

beforeAll(async () => {
  stage = await openLiveStage();
  const definition = {
    name: 'large',
    parameters: { type: 'object', properties: { text: { type: 'string' } } },
    steps: [{ id: 'a', uses: 'core.noop' }],
  };
  const created = await ask(stage.api, stage.token, CREATE, { input: { tenantId: stage.tenantId, definition } });
  const { id } = created['createPipeline'].pipeline;
  const started = await ask(stage.api, stage.token, START, { id, parameters: { text: 'x'.repeat(900_000) } });
  const fields = Array.from({ length: TIMES }, (_, index) => `a${index}: parameters`).join(' ');
  query = `{ node(id: "${started['startRun'].run.id}") { ... on Run { ${fields} } } }`;
});

afterAll(async () => {
  reader?.destroy();
  await stage?.close();
});

const post = async (token: string) => {
  const response = await fetch(stage.api.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  const text = await response.text();
  return { status: response.status, retryAfter: response.headers.get('retry-after'), bytes: text.length };
};

/** Sends the request, and reads no more of its answer than that it comes. */
const leaveUnread = async (): Promise<Socket> => {
  const { port } = new URL(stage.api.graphqlUrl);
  const socket = connect(Number(port), 'localhost');
  const body = JSON.stringify({ query });
  const headers = ['host: localhost', 'content-type: application/json', `content-length: ${body.length}`];
  socket.write(
    `POST /graphql HTTP/1.1\r\n${headers.join('\r\n')}\r\nauthorization: Bearer ${stage.token}\r\n\r\n${body}`,
  );
  await once(socket, 'readable');
  expect(String(socket.read(12))).toBe('HTTP/1.1 200');
  return socket;
};

it('large answers that a caller does not read leave no room for more of them, and all the room for others', async () => {
  expect(await post(stage.token)).toMatchObject({ status: 200 });
  reader = await leaveUnread();
  expect(await post(stage.token)).toMatchObject({ status: 429, retryAfter: '1' });
  const { status, bytes } = await post(await stage.tenant.apiToken(TOKEN_SCOPES));
  expect(status).toBe(200);
  expect(bytes).toBeGreaterThan(TIMES * 900_000);
  expect(await ask(stage.api, stage.token, '{ __typename }')).toEqual({ __typename: 'Query' });
  reader.destroy();
  await expect.poll(() => post(stage.token), { timeout: 20_000 }).toMatchObject({ status: 200 });
});
