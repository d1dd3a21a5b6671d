import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listenTo } from '../src/database/inbox-listener.ts';

let database: TestDatabase;
let admin: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
});

afterAll(async () => {
  await admin.end();
  await database.drop();
});

const countListeners = async (): Promise<number> => {
  const { rows } = await admin.query<{ count: number }>(
    "select count(*)::int as count from pg_stat_activity where datname = current_database() and application_name = 'ia-worker-inbox'",
  );
  return rows[0]?.count ?? 0;
};

test('ends also while it still connects, and leaves no connection', async () => {
  for (let turn = 0; turn < 20; turn += 1) {
    const stop = listenTo({ url: database.urls.worker, channels: ['run_inbox'], onNotified: () => undefined });
    for (let tick = 0; tick < turn; tick += 1) await new Promise((resolve) => setImmediate(resolve));
    await stop();
  }
  await expect.poll(countListeners).toBe(0);
});

test('calls once it listens, on each notification, and again after it lost its connection', async () => {
  let calls = 0;
  const stop = listenTo({ url: database.urls.worker, channels: ['run_inbox'], onNotified: () => (calls += 1) });
  await expect.poll(() => calls).toBe(1);
  await admin.query("notify run_inbox, ''");
  await expect.poll(() => calls).toBe(2);
  await admin.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'ia-worker-inbox'",
  );
  await expect.poll(() => calls).toBe(3);
  await stop();
});
