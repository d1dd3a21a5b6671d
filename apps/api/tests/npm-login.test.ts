import { openRegistryLogin, takeRegistryLogin } from '@ia-modules/database';
import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask } from './graphql-client.ts';
import { accept, createTenant, invite, newPerson, type Person } from './people-fixture.ts';

let database: TestDatabase;
let api: TestApi;
let admin: Client;
let registry: Client;
let ann: Person;
let eve: Person;
let acme: string;
let evil: string;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  admin = new Client({ connectionString: database.adminUrl });
  registry = new Client({ connectionString: database.urls.registry });
  await admin.connect();
  await registry.connect();
  ann = await newPerson(api, 'ann@example.com');
  eve = await newPerson(api, 'eve@example.com');
  acme = await createTenant(ann, 'acme');
  evil = await createTenant(eve, 'evil');
});

afterAll(async () => {
  await registry?.end();
  await admin?.end();
  await api?.close();
  await database?.drop();
});

const begin = async () => {
  const opened = await openRegistryLogin(registry, { name: 'npm on a laptop', address: '127.0.0.1' });
  if (opened === null) throw new Error('no login was opened');
  return opened;
};

const CONFIRM = `mutation ($code: String!, $tenantId: ID!) {
  confirmNpmLogin(input: { code: $code, tenantId: $tenantId }) { kind: __typename
    ... on ConfirmNpmLoginSuccess { apiToken { name scopes expiresAt } } ... on Error { message hint } } }`;

const confirm = async (person: Person, code: string, tenantId = acme) =>
  (await person.ask(CONFIRM, { code, tenantId }))['confirmNpmLogin'];

it('gives npm a token of the person for the tenant, once, and keeps it from everybody else', async () => {
  const { code, secret } = await begin();
  expect(code).toMatch(/^[B-Z]{4}-[B-Z]{4}$/);
  const found = await ann.ask('query ($code: String!) { npmLogin(code: $code) { clientName clientAddress } }', {
    code: code.toLowerCase(),
  });
  expect(found['npmLogin']).toEqual({ clientName: 'npm on a laptop', clientAddress: '127.0.0.1' });
  expect(await takeRegistryLogin(registry, secret)).toEqual({ kind: 'waiting' });

  expect(await confirm(ann, code)).toMatchObject({
    kind: 'ConfirmNpmLoginSuccess',
    apiToken: { name: 'npm login (npm on a laptop)', scopes: ['PLUGINS_READ', 'PLUGINS_PUBLISH'] },
  });
  expect((await confirm(ann, code)).kind).toBe('NotFound');
  const { rows } = await admin.query('select sealed_token, code_hash, poll_hash from registry_logins');
  expect(rows).toHaveLength(1);

  const answer = await takeRegistryLogin(registry, secret);
  if (answer.kind !== 'confirmed') throw new Error(answer.kind);
  const dump = JSON.stringify([rows, (await admin.query('select * from api_tokens')).rows]);
  for (const text of [answer.token, code, secret]) expect(dump).not.toContain(text);
  expect(Buffer.from(rows[0].sealed_token).toString('latin1')).not.toContain(answer.token);
  expect((await ask(api, answer.token, '{ viewer { tenants { role } } }'))['viewer'].tenants).toEqual([
    { role: 'owner' },
  ]);
  expect(await takeRegistryLogin(registry, secret)).toEqual({ kind: 'gone' });
  const audit = await admin.query(`select details from audit_log where action = 'token.create'`);
  expect(audit.rows).toMatchObject([{ details: { after: { name: 'npm login (npm on a laptop)' } } }]);
});

it('tells npm of a refusal', async () => {
  const { code, secret } = await begin();
  const deny = 'mutation ($code: String!) { denyNpmLogin(code: $code) { kind: __typename } }';
  expect((await ann.ask(deny, { code }))['denyNpmLogin'].kind).toBe('DenyNpmLoginSuccess');
  expect((await confirm(ann, code)).kind).toBe('NotFound');
  expect(await takeRegistryLogin(registry, secret)).toEqual({ kind: 'denied' });
});

it('opens nothing once its time is over', async () => {
  const { code, secret } = await begin();
  await admin.query('update registry_logins set expires_at = now()');
  expect((await confirm(ann, code)).kind).toBe('NotFound');
  expect(await takeRegistryLogin(registry, secret)).toEqual({ kind: 'gone' });
});

it('is for people who belong to the tenant and may make tokens', async () => {
  const { code, secret } = await begin();
  expect((await confirm(eve, code)).kind).toBe('NotFound');
  const vic = await newPerson(api, 'vic@example.com');
  const { invitation } = await invite(ann, { tenantId: acme, email: vic.email });
  await admin.query(`update auth."user" set "emailVerified" = true where email = $1`, [vic.email]);
  await accept(vic, invitation.id);
  expect((await confirm(vic, code)).kind).toBe('Forbidden');
  const make = `mutation ($tenantId: ID!) { createApiToken(input: { tenantId: $tenantId, name: "t", scopes: [TOKENS_WRITE] }) {
    ... on CreateApiTokenSuccess { token } } }`;
  const { token } = (await ann.ask(make, { tenantId: acme }))['createApiToken'];
  const byToken = await ask(api, token, CONFIRM, { code, tenantId: acme });
  expect(byToken['confirmNpmLogin'].kind).toBe('Forbidden');
  expect(await takeRegistryLogin(registry, secret)).toEqual({ kind: 'waiting' });
});

it('lets nobody try codes one after the other', async () => {
  const kinds: string[] = [];
  for (let index = 0; index < 12; index += 1) {
    kinds.push((await confirm(eve, `BBBB-BBB${'BCDFGHJKLMNP'[index]}`, evil)).kind);
  }
  expect(kinds[0]).toBe('NotFound');
  expect(kinds.at(-1)).toBe('Forbidden');
  const { code } = await begin();
  expect((await confirm(eve, code, evil)).kind).toBe('Forbidden');
});
