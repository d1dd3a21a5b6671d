import { createHmac } from 'node:crypto';
import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cookiesOf, postAuth } from './auth-client.ts';
import { ask, send } from './graphql-client.ts';
import { newPerson, type Person } from './people-fixture.ts';

const PASSWORD = 'correct horse battery';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

let database: TestDatabase;
let api: TestApi;
let ann: Person;
let secret: Buffer;
let backupCodes: readonly string[];
let signedIn: string;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  ann = await newPerson(api, 'ann@example.com');
});

afterAll(async () => {
  await api?.close();
  await database?.drop();
});

const decodeBase32 = (text: string): Buffer => {
  const bits = Array.from(text, (character) => ALPHABET.indexOf(character).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
};

/** What an authenticator shows now, after RFC 6238. */
const codeOf = (key: Buffer): string => {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac('sha1', key).update(counter).digest();
  const number = hash.readUInt32BE((hash.at(-1) ?? 0) & 0xf) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
};

const signIn = () => postAuth(api, '/sign-in/email', { email: ann.email, password: PASSWORD });

const viewerStatus = async (token: string) =>
  (await send(api, { token, query: '{ viewer { principalKind } }' })).status;

it('a second factor is set up with the password and the first code', async () => {
  expect((await postAuth(api, '/two-factor/enable', { password: 'wrong' }, ann)).status).toBe(400);
  const enabled = await postAuth(api, '/two-factor/enable', { password: PASSWORD }, ann);
  const { totpURI, backupCodes: codes } = (await enabled.json()) as { totpURI: string; backupCodes: string[] };
  const uri = new URL(totpURI);
  expect(uri.searchParams.get('issuer')).toBe('IA Modules');
  secret = decodeBase32(uri.searchParams.get('secret') ?? '');
  backupCodes = codes;
  // Until the first code nothing has changed: nobody locks themselves out.
  expect((await signIn()).headers.get('set-auth-token')).not.toBeNull();
  const verified = await postAuth(api, '/two-factor/verify-totp', { code: codeOf(secret) }, ann);
  expect(verified.status).toBe(200);
});

it('the password alone then opens nothing', async () => {
  const response = await signIn();
  expect(await response.json()).toMatchObject({ twoFactorRedirect: true });
  expect(await viewerStatus(response.headers.get('set-auth-token') ?? 'none')).toBe(401);
  expect(cookiesOf(response)).not.toContain('session_token=');
});

it('a wrong code opens nothing, the right one does', async () => {
  const cookie = cookiesOf(await signIn());
  const wrong = await postAuth(api, '/two-factor/verify-totp', { code: '000000' }, { cookie });
  expect(wrong.status).toBe(401);
  const right = await postAuth(api, '/two-factor/verify-totp', { code: codeOf(secret) }, { cookie });
  expect(right.status).toBe(200);
  const { token } = (await right.json()) as { readonly token: string };
  expect(await viewerStatus(token)).toBe(200);
  signedIn = token;
});

it('a backup code works once', async () => {
  const [code = ''] = backupCodes;
  const first = await postAuth(api, '/two-factor/verify-backup-code', { code }, { cookie: cookiesOf(await signIn()) });
  expect(first.status).toBe(200);
  const again = await postAuth(api, '/two-factor/verify-backup-code', { code }, { cookie: cookiesOf(await signIn()) });
  expect(again.status).toBe(401);
});

it('what codes are made of lies sealed in the database', async () => {
  const client = new Client({ connectionString: database.urls.auth });
  await client.connect();
  const { rows } = await client.query('select "secret", "backupCodes" from "twoFactor"');
  await client.end();
  expect(rows).toHaveLength(1);
  expect(rows[0].secret).not.toContain(secret.toString('utf8'));
  expect(rows[0].backupCodes).not.toContain(backupCodes.at(-1));
});

it('tenants see who has one', async () => {
  await ask(api, signedIn, 'mutation { createTenant(input: { slug: "acme", name: "Acme" }) { __typename } }');
  const query = '{ tenant(slug: "acme") { members { nodes { hasSecondFactor isEmailVerified } } } }';
  expect((await ask(api, signedIn, query))['tenant'].members.nodes).toEqual([
    { hasSecondFactor: true, isEmailVerified: false },
  ]);
});
