import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postAuth } from './auth-client.ts';
import { send } from './graphql-client.ts';
import { awaitMail, fragmentOf, readMails } from './outbox.ts';
import { newPerson } from './people-fixture.ts';

const NEW_PASSWORD = 'another horse battery';

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

const isVerified = async (email: string): Promise<boolean> => {
  const client = new Client({ connectionString: database.urls.auth });
  await client.connect();
  const { rows } = await client.query('select "emailVerified" as verified from "user" where email = $1', [email]);
  await client.end();
  return rows[0].verified;
};

const statusOf = async (token: string) => (await send(api, { token, query: '{ viewer { principalKind } }' })).status;

const verify = (token: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`${api.url}/auth/verify-email?token=${encodeURIComponent(token)}`, { headers });

describe('a password', () => {
  it('is reset with the token of a mail, once, and everyone is signed out', async () => {
    const ann = await newPerson(api, 'ann@example.com');
    expect((await postAuth(api, '/request-password-reset', { email: ann.email })).status).toBe(200);
    const mail = await awaitMail(api.outbox, 'resetPassword', ann.email);
    expect(mail.url.href).toMatch(/^http:\/\/localhost:3100\/reset-password#token=/);
    const token = fragmentOf(mail).get('token') ?? '';
    expect((await postAuth(api, '/reset-password', { token: `${token}x`, newPassword: NEW_PASSWORD })).status).toBe(
      400,
    );
    expect((await postAuth(api, '/reset-password', { token, newPassword: NEW_PASSWORD })).status).toBe(200);
    expect((await postAuth(api, '/reset-password', { token, newPassword: 'a third password' })).status).toBe(400);
    await expect.poll(() => statusOf(ann.token), { timeout: 5_000 }).toBe(401);
    const signIn = (password: string) => postAuth(api, '/sign-in/email', { email: ann.email, password });
    expect((await signIn('correct horse battery')).status).toBe(401);
    expect((await signIn(NEW_PASSWORD)).status).toBe(200);
    expect(await isVerified(ann.email)).toBe(true);
  });

  it('that is asked for a stranger gets the same answer, and no mail', async () => {
    await newPerson(api, 'bob@example.com');
    const ask = (email: string) => postAuth(api, '/request-password-reset', { email });
    const [known, unknown] = [await ask('bob@example.com'), await ask('nobody@example.com')];
    expect(unknown.status).toBe(known.status);
    expect(await unknown.text()).toBe(await known.text());
    await awaitMail(api.outbox, 'resetPassword', 'bob@example.com');
    expect((await readMails(api.outbox)).filter(({ to }) => to === 'nobody@example.com')).toEqual([]);
  });

  it('leads to the portal, wherever the request wants it to lead', async () => {
    const response = await postAuth(api, '/request-password-reset', {
      email: 'bob@example.com',
      redirectTo: 'https://evil.example/',
    });
    expect(response.status).toBe(403);
  });
});

describe('an address', () => {
  it('is confirmed by whoever can sign in with it, not by whoever opens the link', async () => {
    const cleo = await newPerson(api, 'cleo@example.com');
    const token = fragmentOf(await awaitMail(api.outbox, 'verifyEmail', cleo.email)).get('token') ?? '';
    const dan = await newPerson(api, 'dan@example.com');
    expect((await verify(token)).status).toBe(403);
    expect((await verify(token, { authorization: `Bearer ${dan.token}` })).status).toBe(403);
    expect(await isVerified(cleo.email)).toBe(false);
    expect((await verify(token, { authorization: `Bearer ${cleo.token}` })).status).toBe(200);
    expect(await isVerified(cleo.email)).toBe(true);
  });

  it('is sent another mail on request, and strangers hear nothing of it', async () => {
    await newPerson(api, 'eli@example.com');
    await awaitMail(api.outbox, 'verifyEmail', 'eli@example.com');
    const ask = (email: string) => postAuth(api, '/send-verification-email', { email });
    expect(await (await ask('eli@example.com')).text()).toBe(await (await ask('nobody@example.com')).text());
    const mails = async () => (await readMails(api.outbox)).filter(({ to }) => to === 'eli@example.com').length;
    await expect.poll(mails, { timeout: 15_000 }).toBe(2);
  });
});

describe('where an address has to be confirmed first', () => {
  let strict: TestApi;

  beforeAll(async () => {
    // Whichever of the two processes takes a mail lays it there.
    strict = await startTestApi(database, { IA_REQUIRE_VERIFIED_EMAIL: 'true', IA_MAIL_OUTBOX: api.outbox });
  });

  afterAll(() => strict?.close());

  it('sign-up answers alike for a new address and one that is known', async () => {
    const account = { name: 'Fay', password: 'correct horse battery' };
    const shape = async (email: string) => {
      const response = await postAuth(strict, '/sign-up/email', { ...account, email });
      const { token, user } = (await response.json()) as { token: unknown; user: object };
      return { status: response.status, token, fields: Object.keys(user).toSorted() };
    };
    const [fresh, known] = [await shape('fay@example.com'), await shape('bob@example.com')];
    expect(fresh).toMatchObject({ status: 200, token: null });
    expect(known).toEqual(fresh);
    const credentials = { email: 'fay@example.com', password: 'correct horse battery' };
    expect((await postAuth(strict, '/sign-in/email', credentials)).status).toBe(403);
    const mail = await awaitMail(api.outbox, 'verifyEmail', 'fay@example.com');
    const token = fragmentOf(mail).get('token') ?? '';
    expect((await fetch(`${strict.url}/auth/verify-email?token=${token}`)).status).toBe(200);
    expect((await postAuth(strict, '/sign-in/email', credentials)).status).toBe(200);
  });
});
