import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { createTestDatabase, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { awaitMail, readMails } from './outbox.ts';

let database: TestDatabase;
let api: TestApi;
let admin: Client;
let tenantId: string;
let ownerEmail: string;
let runId: string;

const addMember = async (email: string, role: string, isVerified = true): Promise<string> => {
  const user = `insert into auth."user" ("name", "email", "emailVerified") values ('M', $1, $2) returning id`;
  const { rows } = await admin.query<{ id: string }>(user, [email, isVerified]);
  const id = rows[0]?.id ?? '';
  await admin.query(`insert into auth."member" ("organizationId", "userId", "role") values ($1, $2, $3)`, [
    tenantId,
    id,
    role,
  ]);
  return id;
};

let approverId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  const tenant = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  ({ tenantId, email: ownerEmail } = tenant);
  approverId = await addMember('approver@example.com', 'approver');
  await addMember('viewer@example.com', 'viewer');
  await addMember('unconfirmed@example.com', 'approver', false);
  // A confirmed address of somebody who belongs to no tenant.
  await admin.query(
    `insert into auth."user" ("name", "email", "emailVerified") values ('S', 'stranger@example.com', true)`,
  );
  api = await startTestApi(database);
});

afterAll(async () => {
  await api?.close();
  await admin?.end();
  await database?.drop();
});

beforeEach(async () => {
  const ids = [uuid(), uuid(), uuid()];
  runId = ids[2] ?? '';
  await admin.query(
    `insert into pipelines (id, tenant_id, name, revision, created_by) values ($1::uuid, $2, 'p ' || $1::text, 1, 'u')`,
    [ids[0], tenantId],
  );
  await admin.query(
    `insert into pipeline_versions (id, tenant_id, pipeline_id, revision, version, definition, resolved_plugins, content_hash, created_by)
     values ($1, $2, $3, 1, '1.0.0', '{}', '{}', 'h', 'u')`,
    [ids[1], tenantId, ids[0]],
  );
  await admin.query(
    `insert into runs (id, tenant_id, pipeline_id, pipeline_version_id, parameters, trigger, seed, created_by)
     values ($1, $2, $3, $4, '{}', '{}', 1, 'u')`,
    [runId, tenantId, ids[0], ids[1]],
  );
});

const ask = (assignees: readonly string[], status = 'open') =>
  admin.query(
    `insert into approvals (tenant_id, run_id, key, step_id, status, request, assignees, requested_at)
     values ($1, $2, 'ship#1/', 'ship', $3, '{}', $4, now())`,
    [tenantId, runId, status, assignees],
  );

/** Everybody who has got a mail about this run. */
const askedPeople = async (): Promise<readonly string[]> => {
  const drained = async () =>
    (await admin.query(`select count(*)::int as open from mail_queue where status = 'pending'`)).rows[0].open;
  await expect.poll(drained, { timeout: 15_000 }).toBe(0);
  const runNode = Buffer.from(`Run:${tenantId}:${runId}`).toString('base64url');
  return (await readMails(api.outbox))
    .filter(({ url }) => url.pathname === `/t/acme/runs/${runNode}`)
    .map(({ to }) => to)
    .toSorted();
};

it('an approval is sent to the members it names, by id, role or confirmed address', async () => {
  await ask([`user:${approverId}`]);
  expect(await askedPeople()).toEqual(['approver@example.com']);
  const mail = await awaitMail(api.outbox, 'approvalRequested', 'approver@example.com');
  expect(mail.subject).toContain('Approval asked');
  expect(mail.text).toContain('"ship"');
});

it('never to strangers, to addresses that nobody has confirmed, or to members who may not decide', async () => {
  await ask([
    'stranger@example.com',
    'unconfirmed@example.com',
    'viewer@example.com',
    'nobody@example.com',
    ownerEmail,
  ]);
  expect(await askedPeople()).toEqual([ownerEmail]);
});

it('without assignees it goes to everyone who may decide', async () => {
  await ask([]);
  expect(await askedPeople()).toEqual(['approver@example.com', ownerEmail].toSorted());
});

it('others are told when it is escalated to them, nobody when it is decided', async () => {
  await ask(['role:approver']);
  expect(await askedPeople()).toEqual(['approver@example.com']);
  await admin.query(`update approvals set assignees = '{role:owner}' where run_id = $1`, [runId]);
  expect(await askedPeople()).toEqual(['approver@example.com', ownerEmail].toSorted());
  expect((await awaitMail(api.outbox, 'approvalEscalated', ownerEmail)).subject).toContain('Escalated to you');
  await admin.query(`update approvals set status = 'approved' where run_id = $1`, [runId]);
  expect(await askedPeople()).toHaveLength(2);
});
