import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from './graphql-client.ts';
import {
  accept,
  confirmAddress,
  createTenant,
  invite,
  membersOf,
  newPerson,
  type Person as Account,
} from './people-fixture.ts';

type Person = Account & { readonly nodeId: string };

const CHANGE_ROLE = `mutation ($id: ID!) { changeMemberRole(input: { id: $id, role: owner }) {
  kind: __typename ... on Error { message } } }`;
const REMOVE = 'mutation ($id: ID!) { removeMember(input: { id: $id }) { kind: __typename } }';
const INVITE_TWICE = `mutation ($tenantId: ID!) {
  first: inviteMember(input: { tenantId: $tenantId, email: "one@example.com", role: viewer }) { kind: __typename }
  second: inviteMember(input: { tenantId: $tenantId, email: "two@example.com", role: admin }) { kind: __typename } }`;

let database: TestDatabase;
let api: TestApi;
let admin: Client;
let owner: Account;
let tenantId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  owner = await newPerson(api, 'owner@example.com');
  tenantId = await createTenant(owner, 'acme');
});

afterAll(async () => {
  await admin?.end();
  await api?.close();
  await database?.drop();
});

const join = async (email: string, role: string): Promise<Person> => {
  const person = await newPerson(api, email);
  await confirmAddress(database.urls.auth, email);
  const { invitation } = await invite(owner, { tenantId, email, role });
  await accept(person, invitation.id);
  const member = (await membersOf(owner, 'acme')).find(({ user }) => user.email === email);
  return { ...person, nodeId: member?.id ?? '' };
};

const roleOf = async ({ email }: Person): Promise<string | undefined> =>
  (await membersOf(owner, 'acme')).find(({ user }) => user.email === email)?.role;

/** Takes a role away at the moment at which a change of the same person waits in the database for its turn. */
const lowerWhile = async ({ email }: Person, queue: string, ask: () => Promise<unknown>): Promise<unknown> => {
  const lock = 'select pg_advisory_xact_lock(hashtextextended($1 || id::text, 0)) from tenants';
  const waiting = async (): Promise<boolean> => {
    const { rowCount } = await admin.query(`select from pg_locks where locktype = 'advisory' and not granted`);
    return rowCount === 1;
  };
  await admin.query('begin');
  await admin.query(lock, [queue]);
  const answer = ask();
  await expect.poll(waiting).toBe(true);
  const sql = `update auth."member" set "role" = 'viewer' where "userId" = (select id from auth."user" where email = $1)`;
  await admin.query(sql, [email]);
  await admin.query('commit');
  return answer;
};

describe('whoever loses a role', () => {
  it('does not give it back to themselves with a change that was under way', async () => {
    const eve = await join('eve@example.com', 'owner');
    const answer = await lowerWhile(eve, 'owners:', () => eve.ask(CHANGE_ROLE, { id: eve.nodeId }));
    expect(answer).toEqual({
      changeMemberRole: { kind: 'Conflict', message: 'Somebody changed your own role meanwhile.' },
    });
    expect(await roleOf(eve)).toBe('viewer');
  });

  it('does nothing more with it in the rest of an operation', async () => {
    const mallory = await join('mallory@example.com', 'admin');
    const answer = await lowerWhile(mallory, 'invitations:', () => mallory.ask(INVITE_TWICE, { tenantId }));
    expect(answer).toEqual({ first: { kind: 'InviteMemberSuccess' }, second: { kind: 'Forbidden' } });
  });
});

it('the tokens of a removed member stay revoked when the person comes back', async () => {
  const dan = await join('dan@example.com', 'developer');
  const create = `mutation ($tenantId: ID!) { createApiToken(
    input: { tenantId: $tenantId, name: "mine", scopes: [TENANT_READ] }) { ... on CreateApiTokenSuccess { token } } }`;
  const { token } = (await dan.ask(create, { tenantId }))['createApiToken'];
  const status = async () => (await send(api, { token, query: '{ tenant(slug: "acme") { name } }' })).status;
  expect(await status()).toBe(200);
  await owner.ask(REMOVE, { id: dan.nodeId });
  await expect.poll(status, { timeout: 5_000 }).toBe(401);
  const { invitation } = await invite(owner, { tenantId, email: dan.email, role: 'developer' });
  expect((await accept(dan, invitation.id)).kind).toBe('AcceptInvitationSuccess');
  expect(await status()).toBe(401);
});
