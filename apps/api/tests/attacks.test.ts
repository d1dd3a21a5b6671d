import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { createTestDatabase, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ATTACKS } from './attack-documents.ts';
import { send } from './graphql-client.ts';

let database: TestDatabase;
let api: TestApi;
let token: string;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  token = await (await seedTenant(database, { slug: 'a', name: 'A' })).apiToken(TOKEN_SCOPES);
});

afterAll(async () => {
  await api?.close();
  await database?.drop();
});

const MAX_ANSWER_BYTES = 20_000;

describe('refused with few words', () => {
  const attacks = ATTACKS.map(([name, body, headers]) => ({ name, body, headers: headers ?? {} }));

  it.each(attacks)('$name', async ({ body, headers }) => {
    const response = await fetch(api.graphqlUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
        authorization: `Bearer ${token}`,
        ...headers,
      },
      body,
    });
    const text = await response.text();
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(text.length).toBeLessThan(MAX_ANSWER_BYTES);
    const { errors, data } = JSON.parse(text);
    expect(data).toBeUndefined();
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.length).toBeLessThanOrEqual(20);
  });
});

it('after all of that the next query is answered', async () => {
  const answer = await send(api, { token, query: '{ viewer { principalKind } }' });
  expect(answer).toMatchObject({ status: 200, data: { viewer: { principalKind: 'token' } } });
});
