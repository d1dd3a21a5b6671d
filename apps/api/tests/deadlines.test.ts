import { createDatabase } from '@ia-modules/database';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlFixture, createControlFixture } from './control-fixture.ts';
import { send } from './graphql-client.ts';

let fixture: ControlFixture;
let admin: Client;
/** In no transaction: within one, what others do looks the same for ever. */
let observer: Client;

beforeAll(async () => {
  fixture = await createControlFixture({ IA_OPERATION_TIMEOUT_MS: '1500' });
  admin = new Client({ connectionString: fixture.database.adminUrl });
  observer = new Client({ connectionString: fixture.database.adminUrl });
  await Promise.all([admin.connect(), observer.connect()]);
});

afterAll(async () => {
  await Promise.all([admin?.end(), observer?.end()]);
  await fixture?.close();
});

/** What the API's role waits for or works at, beside its idle connections. */
const working = async (): Promise<number> => {
  const { rows } = await observer.query(
    `select 1 from pg_stat_activity where datname = current_database() and usename <> current_user
       and state <> 'idle' and query not like '%LISTEN%'`,
  );
  return rows.length;
};

/** Keeps everybody from a table, as a slow statement would keep an operation. */
const whileLocked = async <T>(table: string, work: () => Promise<T>): Promise<T> => {
  await admin.query(`begin; lock table ${table} in access exclusive mode`);
  try {
    return await work();
  } finally {
    await admin.query('rollback');
  }
};

const PIPELINES = '{ tenant(slug: "acme") { pipelines { nodes { name } } } }';
const CREATE = `mutation ($tenantId: ID!) { createPipeline(input: { tenantId: $tenantId, definition:
  { name: "late", steps: [{ id: "a", uses: "core.noop" }] } }) { __typename } }`;

describe('an operation that takes too long', () => {
  it.each([
    ['a query', PIPELINES],
    ['a mutation', CREATE],
  ])('is given up with its work in the database: %s', async (_name, query) => {
    await whileLocked('pipelines', async () => {
      const answer = await send(fixture.api, {
        token: fixture.token,
        query,
        variables: { tenantId: fixture.tenantId },
      });
      expect(answer).toMatchObject({ status: 504, errors: [{ extensions: { code: 'IA_API_TIMEOUT' } }] });
      await expect.poll(working, { timeout: 2_000 }).toBe(0);
    });
    const after = await fixture.ask(PIPELINES);
    expect(after['tenant'].pipelines.nodes).toEqual([]);
  });

  it('gives every connection back, however many there were', async () => {
    await whileLocked('pipelines', async () => {
      const answers = await Promise.all(
        Array.from({ length: 30 }, () => send(fixture.api, { token: fixture.token, query: PIPELINES })),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([504]));
      await expect.poll(working, { timeout: 3_000 }).toBe(0);
    });
    expect((await fixture.ask(PIPELINES))['tenant'].pipelines.nodes).toEqual([]);
  });
});

describe('a client that goes away', () => {
  it('takes its work in the database along', async () => {
    await whileLocked('pipelines', async () => {
      const gone = new AbortController();
      const answer = fetch(fixture.api.graphqlUrl, {
        method: 'POST',
        signal: gone.signal,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${fixture.token}` },
        body: JSON.stringify({ query: PIPELINES }),
      });
      await expect.poll(working).toBe(1);
      gone.abort();
      await expect(answer).rejects.toThrow('aborted');
      // Before the deadline, which would end it as well.
      await expect.poll(working, { timeout: 1_000 }).toBe(0);
    });
  });
});

it('no connection waits for ever', async () => {
  const database = createDatabase({ url: fixture.database.urls.app, maxConnections: 1 });
  const { rows } = await database.pool.query(
    `select current_setting('statement_timeout') as statement, current_setting('idle_in_transaction_session_timeout') as idle`,
  );
  await database.close();
  expect(rows).toEqual([{ statement: '30s', idle: '1min' }]);
});
