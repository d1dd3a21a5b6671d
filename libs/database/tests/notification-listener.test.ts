import { createHash } from 'node:crypto';
import { createListener, type Listener } from '@ia-modules/database';
import { createTestDatabase, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';

let testDatabase: TestDatabase;
let admin: Client;
let listener: Listener | undefined;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  admin = new Client({ connectionString: testDatabase.adminUrl });
  await admin.connect();
});

afterEach(async () => {
  await listener?.close();
});

afterAll(async () => {
  await admin?.end();
  await testDatabase?.drop();
});

const notify = (channel: string, payload: string) => admin.query('select pg_notify($1, $2)', [channel, payload]);
const waitFor = (check: () => void) => vi.waitFor(check, { timeout: 25_000 });

test('each channel gets its own payloads in order', async () => {
  listener = createListener(testDatabase.urls.app);
  const events: string[] = [];
  const inbox: string[] = [];
  await listener.listen('run_events', (payload) => events.push(payload));
  await listener.listen('run_inbox', (payload) => inbox.push(payload));
  for (const payload of ['1', '2', '3']) await notify('run_events', payload);
  await notify('run_inbox', '');
  await waitFor(() => expect(inbox).toEqual(['']));
  expect(events).toEqual(['1', '2', '3']);
});

test('a lost connection comes back, says so, and hears again', async () => {
  listener = createListener(testDatabase.urls.worker);
  const heard: string[] = [];
  let reconnections = 0;
  await listener.listen(
    'run_events',
    (payload) => heard.push(payload),
    () => {
      reconnections += 1;
    },
  );
  await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where query like 'LISTEN%' and datname = current_database() and pid <> pg_backend_pid()`);
  await waitFor(() => expect(reconnections).toBe(1));
  await notify('run_events', 'after');
  await waitFor(() => expect(heard).toEqual(['after']));
});

test('who stops listening hears no more, others on the channel do', async () => {
  listener = createListener(testDatabase.urls.app);
  const first: string[] = [];
  const second: string[] = [];
  const stop = await listener.listen('run_events', (payload) => first.push(payload));
  await listener.listen('run_events', (payload) => second.push(payload));
  await stop();
  await notify('run_events', 'x');
  await waitFor(() => expect(second).toEqual(['x']));
  expect(first).toEqual([]);
});

test('closing ends an attempt to connect', async () => {
  const url = new URL(testDatabase.urls.app);
  url.password = 'wrong';
  const refused = createListener(url.toString());
  const listening = refused.listen('run_events', () => {});
  const outcome = listening.catch(() => 'ended');
  await refused.close();
  expect(await outcome).toBe('ended');
});

test('a session that ends and a membership that changes are told, without the secret', async () => {
  listener = createListener(testDatabase.urls.app);
  const { userId } = await seedTenant(testDatabase, { slug: 'acme', name: 'Acme', role: 'developer' });
  const sessions: string[] = [];
  const members: string[] = [];
  await listener.listen('session_ended', (payload) => sessions.push(payload));
  await listener.listen('membership_changed', (payload) => members.push(payload));
  await admin.query(
    `insert into auth."session" ("expiresAt", "token", "updatedAt", "userId") values (now(), 'secret', now(), $1)`,
    [userId],
  );
  await admin.query(`delete from auth."session" where "token" = 'secret'`);
  await admin.query(`update auth."member" set "role" = 'viewer' where "userId" = $1`, [userId]);
  await admin.query(`delete from auth."member" where "userId" = $1`, [userId]);
  await waitFor(() => expect(members).toEqual([userId, userId]));
  expect(sessions).toEqual([createHash('sha256').update('secret').digest('hex')]);
});
