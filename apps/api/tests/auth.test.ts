import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
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

const createTenant = async (slug: string, name: string): Promise<string> => {
  const create = `mutation ($input: CreateTenantInput!) { createTenant(input: $input) { kind: __typename } }`;
  return (await ask(api, owner.token, create, { input: { slug, name } }))['createTenant'].kind;
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
  it('is refused with a name that is too long or can not be stored, of a person or of a tenant', async () => {
    const account = { email: 'odd@example.com', password: 'correct horse battery' };
    for (const name of ['x'.repeat(101), 'a\0b', ' ']) {
      expect((await post('/sign-up/email', { ...account, name })).status).toBe(400);
      expect((await post('/update-user', { name }, asPortal(owner))).status).toBe(400);
      expect(await createTenant('odd-name', name)).toBe('ValidationFailed');
    }
  });

  it('is refused with a text that no database takes, wherever it stands', async () => {
    const grant = 'urn:ietf:params:oauth:grant-type:device_code';
    const client = { client_id: 'ia-modules-cli' };
    const bodies: readonly (readonly [string, object])[] = [
      ['/device/token', { ...client, grant_type: grant, device_code: 'a\0b' }],
      ['/device/code', { ...client, scope: 'a\0b' }],
      ['/device/code', { ...client, scope: 'x'.repeat(20_000) }],
      ['/reset-password', { token: 'a\0b', newPassword: 'correct horse battery' }],
      ['/sign-in/email', { email: 'owner@example.com', password: 'a\ud800b' }],
    ];
    for (const [path, body] of bodies) {
      expect({ path, status: (await post(path, body)).status }).toEqual({ path, status: 400 });
    }
    for (const path of ['/device?user_code=%00', '/verify-email?token=%00', '/sso/callback/x?state=%00']) {
      const { status } = await fetch(`${api.url}/auth${path}`, { headers: asPortal(owner), redirect: 'manual' });
      expect({ path, status }).toEqual({ path, status: 400 });
    }
  });

  it('keeps no picture, whatever stands in its place', async () => {
    const image = 'https://example.com/owner.png';
    expect((await post('/update-user', { image }, asPortal(owner))).status).toBe(200);
    const answer = await fetch(`${api.url}/auth/get-session`, { headers: asPortal(owner) });
    expect(((await answer.json()) as { user: object }).user).toMatchObject({ image: null });
  });

  it('is refused with a body that nobody needs, before it is read', async () => {
    const password = 'x'.repeat(100_000);
    expect((await post('/sign-in/email', { email: 'owner@example.com', password })).status).toBe(413);
  });
});

describe('tenants', () => {
  it('get no reserved slug, and none that is taken', async () => {
    expect(await createTenant('community', 'C')).toBe('ValidationFailed');
    expect(await createTenant('acme', 'Another')).toBe('Conflict');
  });
});
