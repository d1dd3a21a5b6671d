import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from './graphql-client.ts';
import { awaitMail, fragmentOf } from './outbox.ts';
import { accept, confirmAddress, createTenant, invite, membersOf, newPerson, type Person } from './people-fixture.ts';

let database: TestDatabase;
let api: TestApi;
let admin: Client;
let owner: Person;
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

/** Invites a person of a new address and lets them in. */
const join = async (email: string, role: string): Promise<Person> => {
  await invite(owner, { tenantId, email, role });
  const token = fragmentOf(await awaitMail(api.outbox, 'invitation', email)).get('token') ?? '';
  const person = await newPerson(api, email);
  const [id] = (await openInvitations(email)) as [string];
  expect(await accept(person, id, token)).toMatchObject({ kind: 'AcceptInvitationSuccess' });
  return person;
};

const openInvitations = async (email: string): Promise<readonly string[]> => {
  const list = '{ tenant(slug: "acme") { invitations(first: 50, status: [pending]) { nodes { id email } } } }';
  const { nodes } = (await owner.ask(list))['tenant'].invitations;
  return nodes.filter((node: { email: string }) => node.email === email).map((node: { id: string }) => node.id);
};

const actions = async (): Promise<readonly string[]> =>
  (await admin.query<{ action: string }>('select action from audit_log order by seq desc limit 2')).rows.map(
    ({ action }) => action,
  );

const memberId = async (email: string): Promise<string> =>
  (await membersOf(owner, 'acme')).find(({ user }) => user.email === email)?.id ?? '';

/** A socket that is signed in; resolves once the server has taken it, with how the server closes it. */
const signedInSocket = async (token: string): Promise<{ readonly closed: Promise<number> }> => {
  const socket = new WebSocket(api.websocketUrl, 'graphql-transport-ws');
  const taken = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<number>();
  socket.addEventListener('open', () =>
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })),
  );
  socket.addEventListener('message', () => taken.resolve());
  socket.addEventListener('close', ({ code }) => closed.resolve(code));
  await taken.promise;
  return { closed: closed.promise };
};

const CHANGE_ROLE = `mutation ($id: ID!, $role: TenantRole!) { changeMemberRole(input: { id: $id, role: $role }) {
  kind: __typename ... on ChangeMemberRoleSuccess { member { role } } } }`;
const REMOVE = 'mutation ($id: ID!) { removeMember(input: { id: $id }) { kind: __typename } }';
const LEAVE = 'mutation ($tenantId: ID!) { leaveTenant(input: { tenantId: $tenantId }) { kind: __typename } }';

describe('an invitation', () => {
  it('comes by mail, and its token lets in who has not confirmed the address yet', async () => {
    const { invitation } = await invite(owner, { tenantId, email: 'Ann@Example.com', role: 'developer' });
    expect(invitation).toMatchObject({ status: 'pending', email: 'ann@example.com' });
    const mail = await awaitMail(api.outbox, 'invitation', 'ann@example.com');
    expect(mail.url.href).toContain(`http://localhost:3100/accept-invitation/${invitation.id}#token=`);
    expect(mail.text).toContain('with the role developer');
    const ann = await newPerson(api, 'ann@example.com');
    // Anybody may sign up with any address.
    expect(await accept(ann, invitation.id)).toMatchObject({ kind: 'Forbidden' });
    expect(await accept(ann, invitation.id, 'guessed')).toMatchObject({ kind: 'Forbidden' });
    expect(await accept(ann, invitation.id, fragmentOf(mail).get('token') ?? '')).toEqual({
      kind: 'AcceptInvitationSuccess',
      tenant: { slug: 'acme', viewerRole: 'developer' },
    });
    expect(await actions()).toEqual(['invitation.accept', 'invitation.create']);
    expect(await accept(ann, invitation.id)).toMatchObject({ kind: 'NotFound' });
  });

  it('is there for the person of the address alone, once it is confirmed', async () => {
    const { invitation } = await invite(owner, { tenantId, email: 'bob@example.com' });
    const token = fragmentOf(await awaitMail(api.outbox, 'invitation', 'bob@example.com')).get('token') ?? '';
    const eve = await newPerson(api, 'eve@example.com');
    expect(await accept(eve, invitation.id, token)).toMatchObject({ kind: 'NotFound' });
    const bob = await newPerson(api, 'bob@example.com');
    const own = '{ viewer { invitations { id tenantName role } } }';
    expect((await bob.ask(own))['viewer'].invitations).toEqual([]);
    await confirmAddress(database.urls.auth, 'bob@example.com');
    expect((await bob.ask(own))['viewer'].invitations).toEqual([
      { id: invitation.id, tenantName: 'Acme', role: 'viewer' },
    ]);
    const decline = 'mutation ($id: ID!) { declineInvitation(input: { id: $id }) { kind: __typename } }';
    expect((await bob.ask(decline, { id: invitation.id }))['declineInvitation'].kind).toBe('DeclineInvitationSuccess');
    expect((await actions())[0]).toBe('invitation.decline');
    expect(await accept(bob, invitation.id, token)).toMatchObject({ kind: 'NotFound' });
  });

  it('ends when it is taken back, when a newer one is sent, and in time', async () => {
    const email = 'cleo@example.com';
    const first = (await invite(owner, { tenantId, email })).invitation;
    const second = (await invite(owner, { tenantId, email })).invitation;
    expect(await openInvitations(email)).toEqual([second.id]);
    const cleo = await newPerson(api, email);
    await confirmAddress(database.urls.auth, email);
    expect(await accept(cleo, first.id)).toMatchObject({ kind: 'NotFound' });
    const revoke = 'mutation ($id: ID!) { revokeInvitation(input: { id: $id }) { kind: __typename } }';
    expect((await owner.ask(revoke, { id: second.id }))['revokeInvitation'].kind).toBe('RevokeInvitationSuccess');
    expect((await owner.ask(revoke, { id: second.id }))['revokeInvitation'].kind).toBe('Conflict');
    expect(await accept(cleo, second.id)).toMatchObject({ kind: 'NotFound' });
    const third = (await invite(owner, { tenantId, email })).invitation;
    await admin.query(`update auth."invitation" set "expiresAt" = now() where "status" = 'pending' and "email" = $1`, [
      email,
    ]);
    expect(await accept(cleo, third.id)).toMatchObject({ kind: 'NotFound' });
  });

  it('gives no role above the own one, and goes to no member', async () => {
    const ruth = await join('ruth@example.com', 'admin');
    expect(await invite(ruth, { tenantId, email: 'x@example.com', role: 'owner' })).toMatchObject({
      kind: 'Forbidden',
    });
    expect(await invite(ruth, { tenantId, email: 'x@example.com', role: 'admin' })).toMatchObject({
      kind: 'InviteMemberSuccess',
    });
    expect(await invite(owner, { tenantId, email: 'ruth@example.com' })).toMatchObject({ kind: 'Conflict' });
    expect(await invite(owner, { tenantId, email: 'no address' })).toMatchObject({ kind: 'ValidationFailed' });
    const dev = await join('dev@example.com', 'developer');
    expect(await invite(dev, { tenantId, email: 'y@example.com' })).toMatchObject({ kind: 'Forbidden' });
  });

  it('is sent some hundred times a day by a person, however many tenants they make', async () => {
    const busy = await newPerson(api, 'busy@example.com');
    const [first, second] = [await createTenant(busy, 'first'), await createTenant(busy, 'second')];
    expect(await invite(busy, { tenantId: first, email: 'z@example.com' })).toMatchObject({
      kind: 'InviteMemberSuccess',
    });
    await admin.query(`insert into auth."invitation" ("organizationId", "email", "role", "status", "expiresAt", "inviterId")
      select i."organizationId", n || '@example.com', 'viewer', 'canceled', now(), i."inviterId"
      from auth."invitation" i, generate_series(1, 200) n where i."email" = 'z@example.com'`);
    expect(await invite(busy, { tenantId: second, email: 'z@example.com' })).toMatchObject({ kind: 'QuotaExceeded' });
    expect(await invite(owner, { tenantId, email: 'z@example.com' })).toMatchObject({ kind: 'InviteMemberSuccess' });
  });
});

describe('members', () => {
  it('are raised by nobody above themselves, and not touched from below', async () => {
    const sue = await join('sue@example.com', 'admin');
    const sam = await join('sam@example.com', 'viewer');
    const change = async (by: Person, email: string, role: string) =>
      (await by.ask(CHANGE_ROLE, { id: await memberId(email), role }))['changeMemberRole'].kind;
    expect(await change(sue, 'sue@example.com', 'owner')).toBe('Forbidden');
    expect(await change(sue, 'sam@example.com', 'owner')).toBe('Forbidden');
    expect(await change(sue, 'owner@example.com', 'viewer')).toBe('Forbidden');
    expect((await sue.ask(REMOVE, { id: await memberId('owner@example.com') }))['removeMember'].kind).toBe('Forbidden');
    expect(await change(sam, 'sam@example.com', 'admin')).toBe('Forbidden');
    expect(await change(sue, 'sam@example.com', 'operator')).toBe('ChangeMemberRoleSuccess');
    expect((await actions())[0]).toBe('member.change_role');
    const node = await owner.ask('query ($id: ID!) { node(id: $id) { ... on Member { role } } }', {
      id: await memberId('sam@example.com'),
    });
    expect(node['node']).toEqual({ role: 'operator' });
  });

  it('always have an owner among them, even when two owners leave at once', async () => {
    const change = async (role: string) =>
      (await owner.ask(CHANGE_ROLE, { id: await memberId('owner@example.com'), role }))['changeMemberRole'].kind;
    expect(await change('admin')).toBe('Conflict');
    expect((await owner.ask(LEAVE, { tenantId }))['leaveTenant'].kind).toBe('Conflict');
    const second = await newPerson(api, 'second@example.com');
    const other = await createTenant(second, 'globex');
    const { invitation } = await invite(second, { tenantId: other, email: 'owner@example.com', role: 'owner' });
    await confirmAddress(database.urls.auth, 'owner@example.com');
    await accept(owner, invitation.id);
    const answers = await Promise.all(
      [owner, second].map(async (person) => (await person.ask(LEAVE, { tenantId: other }))['leaveTenant'].kind),
    );
    expect(answers.toSorted((a, b) => a.localeCompare(b))).toEqual(['Conflict', 'LeaveTenantSuccess']);
  });

  it('whatever door is taken, the last owner stays', async () => {
    const demote = `update auth."member" set "role" = 'viewer' where "role" = 'owner'`;
    await expect(admin.query(demote)).rejects.toMatchObject({ constraint: 'member_keeps_owner' });
  });

  it('lose their tokens and what is open when they are removed', async () => {
    const ida = await join('ida@example.com', 'developer');
    const make = `mutation ($tenantId: ID!) { createApiToken(input: { tenantId: $tenantId, name: "ci", scopes: [TENANT_READ] }) {
      ... on CreateApiTokenSuccess { token } } }`;
    const { token } = (await ida.ask(make, { tenantId }))['createApiToken'];
    const asToken = async () => (await send(api, { token, query: '{ tenant(slug: "acme") { name } }' })).status;
    expect(await asToken()).toBe(200);
    const socket = await signedInSocket(token);
    expect((await owner.ask(REMOVE, { id: await memberId('ida@example.com') }))['removeMember'].kind).toBe(
      'RemoveMemberSuccess',
    );
    await expect.poll(asToken, { timeout: 5_000 }).toBe(401);
    expect(await socket.closed).toBe(4401);
    const seen = async () => (await ida.ask('{ tenant(slug: "acme") { name } }'))['tenant'];
    await expect.poll(seen, { timeout: 5_000 }).toBeNull();
  });
});

describe('over http', () => {
  it('members and invitations change in no other way', async () => {
    const paths = [
      'invite-member',
      'update-member-role',
      'remove-member',
      'leave',
      'accept-invitation',
      'create',
      'update',
    ];
    for (const path of paths) {
      const { status } = await fetch(`${api.url}/auth/organization/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie: owner.cookie, origin: api.portalOrigin },
        body: '{}',
      });
      expect({ path, status }).toEqual({ path, status: 404 });
    }
  });
});

describe('sessions', () => {
  it('are listed for their person and can be ended one by one', async () => {
    const list = '{ viewer { sessions { id isCurrent userAgent } } }';
    const pia = await newPerson(api, 'pia@example.com');
    const again = await fetch(`${api.url}/auth/sign-in/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'other place' },
      body: JSON.stringify({ email: pia.email, password: 'correct horse battery' }),
    });
    const other = again.headers.get('set-auth-token') ?? '';
    const { sessions } = (await pia.ask(list))['viewer'];
    expect(sessions).toHaveLength(2);
    const elsewhere = sessions.find(({ isCurrent }: { isCurrent: boolean }) => !isCurrent);
    expect(elsewhere).toMatchObject({ userAgent: 'other place' });
    const revoke = 'mutation ($id: ID!) { revokeSession(input: { id: $id }) { kind: __typename } }';
    expect((await owner.ask(revoke, { id: elsewhere.id }))['revokeSession'].kind).toBe('NotFound');
    expect((await pia.ask(revoke, { id: elsewhere.id }))['revokeSession'].kind).toBe('RevokeSessionSuccess');
    const status = async () => (await send(api, { token: other, query: '{ viewer { principalKind } }' })).status;
    await expect.poll(status, { timeout: 5_000 }).toBe(401);
  });
});
