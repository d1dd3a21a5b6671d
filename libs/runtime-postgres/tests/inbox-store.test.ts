import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPool } from '../src/database/create-pool.ts';
import { createInboxStore } from '../src/inbox/inbox-store.ts';
import { createRunFixtures, type RunFixtures } from '../src/testing.ts';

let database: TestDatabase;
let fixtures: RunFixtures;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  fixtures = createRunFixtures(database.adminUrl);
  pool = createPool({ url: database.urls.worker, applicationName: 'inbox', maxConnections: 2 });
});

afterAll(async () => {
  await pool.end();
  await fixtures.close();
  await database.drop();
});

test('a command that was answered since it was listed is not brought a second time', async () => {
  const inbox = createInboxStore(pool);
  const definition = { name: 'told', steps: [{ id: 'only', uses: 'core.noop' }] };
  const pipeline = await fixtures.createPipeline(await fixtures.createTenant('acme'), definition);
  const { tenantId } = pipeline;
  const [answered, open] = [await fixtures.startRun(pipeline), await fixtures.startRun(pipeline)];
  for (const runId of [answered, open]) await fixtures.cancelRun(pipeline, runId, 'enough');
  const listed = await inbox.pendingCommands('0', 10);
  expect(listed.map(({ runId }) => runId)).toEqual([answered, open]);

  await inbox.consumeCommands({ tenantId, runId: answered });

  expect(await inbox.readCommands(listed)).toMatchObject([
    { runId: open, kind: 'cancel', payload: { reason: 'enough' } },
  ]);
});
