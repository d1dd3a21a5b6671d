import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { postAuth } from './auth-client.ts';
import { ask } from './graphql-client.ts';
import { newPerson, type Person } from './people-fixture.ts';

const CLIENT = 'ia-modules-cli';
const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

let database: TestDatabase;
let api: TestApi;
let admin: Client;
let ann: Person;
let eve: Person;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  ann = await newPerson(api, 'ann@example.com');
  eve = await newPerson(api, 'eve@example.com');
});

afterAll(async () => {
  await admin?.end();
  await api?.close();
  await database?.drop();
});

type Code = {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
  readonly interval: number;
};

const requestCode = async (): Promise<Code> =>
  (await (await postAuth(api, '/device/code', { client_id: CLIENT })).json()) as Code;

const poll = async ({ device_code }: Code) => {
  const response = await postAuth(api, '/device/token', { grant_type: GRANT, device_code, client_id: CLIENT });
  return (await response.json()) as { readonly error?: string; readonly access_token?: string };
};

/** As if the time between two polls had passed. */
const passInterval = () => admin.query('update auth."deviceCode" set "lastPolledAt" = null');

const claim = (person: Person, { user_code }: Code): Promise<Response> =>
  fetch(`${api.url}/auth/device?user_code=${user_code}`, {
    headers: { cookie: person.cookie, origin: api.portalOrigin },
  });

it('a command line gets a session once a person has let it in, and once only', async () => {
  const code = await requestCode();
  expect(code.verification_uri).toBe('http://localhost:3100/device');
  expect(code.verification_uri_complete).toContain(code.user_code);
  expect(await poll(code)).toMatchObject({ error: 'authorization_pending' });
  expect(await poll(code)).toMatchObject({ error: 'slow_down' });
  expect((await claim(ann, code)).status).toBe(200);
  expect((await postAuth(api, '/device/approve', { userCode: code.user_code }, eve)).status).toBe(403);
  expect((await postAuth(api, '/device/approve', { userCode: code.user_code }, ann)).status).toBe(200);
  await passInterval();
  const { access_token: token } = await poll(code);
  expect((await ask(api, token, '{ viewer { user { email } } }'))['viewer'].user.email).toBe(ann.email);
  await passInterval();
  expect(await poll(code)).toMatchObject({ error: 'invalid_grant' });
});

it('a refused code opens nothing', async () => {
  const code = await requestCode();
  await claim(ann, code);
  expect((await postAuth(api, '/device/deny', { userCode: code.user_code }, ann)).status).toBe(200);
  expect(await poll(code)).toMatchObject({ error: 'access_denied' });
});

it('a code that was let in opens nothing once the password is another one, or the session was ended', async () => {
  const dora = await newPerson(api, 'dora@example.com');
  const letIn = async (): Promise<Code> => {
    const code = await requestCode();
    await claim(dora, code);
    expect((await postAuth(api, '/device/approve', { userCode: code.user_code }, dora)).status).toBe(200);
    return code;
  };
  const before = await letIn();
  const passwords = { currentPassword: 'correct horse battery', newPassword: 'another horse battery' };
  expect((await postAuth(api, '/change-password', passwords, dora)).status).toBe(200);
  expect(await poll(before)).toMatchObject({ error: 'invalid_grant' });
  const after = await letIn();
  const { viewer } = await dora.ask('{ viewer { sessions { id } } }');
  const revoke = 'mutation ($id: ID!) { revokeSession(input: { id: $id }) { kind: __typename } }';
  expect((await dora.ask(revoke, { id: viewer.sessions[0].id }))['revokeSession'].kind).toBe('RevokeSessionSuccess');
  expect(await poll(after)).toMatchObject({ error: 'invalid_grant' });
});

it('a code that is over opens nothing', async () => {
  const code = await requestCode();
  await admin.query('update auth."deviceCode" set "expiresAt" = now()');
  expect((await claim(ann, code)).status).toBe(400);
  expect(await poll(code)).toMatchObject({ error: 'expired_token' });
});

it('nobody approves without being signed in, from another site, or for another program', async () => {
  const code = await requestCode();
  expect((await postAuth(api, '/device/approve', { userCode: code.user_code })).status).toBe(401);
  const foreign = await fetch(`${api.url}/auth/device/approve`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: ann.cookie, origin: 'https://evil.example' },
    body: JSON.stringify({ userCode: code.user_code }),
  });
  expect(foreign.status).toBe(403);
  expect((await postAuth(api, '/device/code', { client_id: 'another' })).status).toBe(400);
});

it('codes can not be tried one after the other', async () => {
  const statuses: number[] = [];
  for (let index = 0; index < 6; index += 1) {
    statuses.push((await claim(eve, { user_code: `AAAAAA${index}${index}` } as Code)).status);
  }
  expect(statuses.at(-1)).toBe(429);
});
