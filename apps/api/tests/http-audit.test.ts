import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, expect, it } from 'vitest';

let database: TestDatabase;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
});

afterAll(async () => {
  await api?.close();
  await database?.drop();
});

/** Of GraphQL over HTTP, with what it recommends as well as what it demands. */
it.each(serverAudits({ url: () => api.graphqlUrl }).map((audit) => [audit.name, audit] as const))(
  '%s',
  async (_name, audit) => {
    const result = await audit.fn();
    expect(result.status === 'ok' ? null : result.reason).toBeNull();
  },
);
