import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, type Session, signUp } from './graphql-client.ts';

let database: TestDatabase;
let api: TestApi;
let owner: Session;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  owner = await signUp(api, 'owner@example.com');
  const create = 'mutation { createTenant(input: { slug: "acme", name: "Acme" }) { kind: __typename } }';
  await ask(api, owner.token, create);
});

afterAll(async () => {
  await api?.close();
  await database?.drop();
});

const post = (path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`${api.url}/auth${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

const verifyEmail = async (email: string): Promise<void> => {
  const client = new Client({ connectionString: database.urls.auth });
  await client.connect();
  await client.query('update "user" set "emailVerified" = true where email = $1', [email]);
  await client.end();
};

const asPortal = (session: Session) => ({ cookie: session.cookie, origin: api.portalOrigin });

describe('sign-in', () => {
  it('works for programs, which send no origin, and answers a session token', async () => {
    const response = await post('/sign-in/email', { email: 'owner@example.com', password: 'correct horse battery' });
    expect(response.status).toBe(200);
    const token = response.headers.get('set-auth-token') ?? '';
    expect((await ask(api, token, '{ viewer { user { email } } }'))['viewer'].user.email).toBe('owner@example.com');
    const { token: plainToken } = (await response.json()) as { readonly token: string };
    expect((await ask(api, plainToken, '{ viewer { user { email } } }'))['viewer'].user.email).toBe(
      'owner@example.com',
    );
  });

  it('sets a cookie that scripts can not read', async () => {
    const credentials = { email: 'owner@example.com', password: 'correct horse battery' };
    const response = await post('/sign-in/email', credentials, { origin: api.portalOrigin });
    expect(response.headers.get('access-control-allow-origin')).toBe(api.portalOrigin);
    expect(response.headers.getSetCookie()[0]).toMatch(/^ia-modules\.session_token=.*HttpOnly.*SameSite=Lax/);
  });

  it('is refused with a wrong password', async () => {
    expect((await post('/sign-in/email', { email: 'owner@example.com', password: 'wrong' })).status).toBe(401);
  });

  it('and sign-out are refused to a page of another site', async () => {
    const headers = { cookie: owner.cookie, origin: 'https://evil.example' };
    expect((await post('/sign-out', {}, headers)).status).toBe(403);
  });
});

describe('a request to the sign-in API', () => {
  it('is refused with a name that is too long or can not be stored, of a person or of an organization', async () => {
    const account = { email: 'odd@example.com', password: 'correct horse battery' };
    for (const name of ['x'.repeat(101), 'a\0b', ' ']) {
      expect((await post('/sign-up/email', { ...account, name })).status).toBe(400);
      expect((await post('/organization/create', { name, slug: 'odd-name' }, asPortal(owner))).status).toBe(400);
      expect((await post('/update-user', { name }, asPortal(owner))).status).toBe(400);
    }
  });

  it('is refused with a body that nobody needs, before it is read', async () => {
    const password = 'x'.repeat(100_000);
    expect((await post('/sign-in/email', { email: 'owner@example.com', password })).status).toBe(413);
  });
});

describe('organizations', () => {
  it('refuse reserved slugs, a change of the slug and their deletion', async () => {
    const headers = asPortal(owner);
    expect((await post('/organization/create', { name: 'C', slug: 'community' }, headers)).status).toBe(400);
    const list = await fetch(`${api.url}/auth/organization/list`, { headers });
    const [{ id }] = (await list.json()) as [{ readonly id: string }];
    expect((await post('/organization/update', { organizationId: id, data: { slug: 'other' } }, headers)).ok).toBe(
      false,
    );
    expect(
      (await post('/organization/update', { organizationId: id, data: { name: 'Acme Inc.' } }, headers)).status,
    ).toBe(200);
    expect((await post('/organization/delete', { organizationId: id }, headers)).ok).toBe(false);
    expect((await ask(api, owner.token, '{ tenant(slug: "acme") { name } }'))['tenant']).toEqual({ name: 'Acme Inc.' });
  });

  it('take in an invited member with the role of the invitation, and nothing beyond it', async () => {
    const list = await fetch(`${api.url}/auth/organization/list`, { headers: asPortal(owner) });
    const [{ id: organizationId }] = (await list.json()) as [{ readonly id: string }];
    const invited = await post(
      '/organization/invite-member',
      { email: 'viewer@example.com', role: 'viewer', organizationId },
      asPortal(owner),
    );
    const { id: invitationId } = (await invited.json()) as { readonly id: string };
    const viewer = await signUp(api, 'viewer@example.com');
    expect((await ask(api, viewer.token, '{ tenant(slug: "acme") { id } }'))['tenant']).toBeNull();
    // Anybody may sign up with any address: it counts once its owner has confirmed it.
    expect((await post('/organization/accept-invitation', { invitationId }, asPortal(viewer))).status).toBe(403);
    await verifyEmail('viewer@example.com');
    expect((await post('/organization/accept-invitation', { invitationId }, asPortal(viewer))).status).toBe(200);
    const tenantOf = async () => (await ask(api, viewer.token, '{ tenant(slug: "acme") { id viewerRole } }'))['tenant'];
    await expect.poll(tenantOf, { timeout: 10_000 }).toMatchObject({ viewerRole: 'viewer' });
    const create = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { kind: __typename } }`;
    const input = {
      tenantId: (await tenantOf()).id,
      definition: { name: 'x', steps: [{ id: 'a', uses: 'core.noop' }] },
    };
    expect((await ask(api, viewer.token, create, { input }))['createPipeline'].kind).toBe('Forbidden');
  });
});
