import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { runCommand } from '@ia-modules/cli/testing';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

let database: TestDatabase;
let api: TestApi;
let admin: Client;
let home: string;
let cookie: string;

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'ia-login-'));
  vi.stubEnv('XDG_CONFIG_HOME', home);
  vi.stubEnv('IA_API_TOKEN', '');
  database = await createTestDatabase();
  api = await startTestApi(database);
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  const signedUp = await post('/sign-up/email', {
    email: 'ann@example.com',
    name: 'Ann',
    password: 'correct horse battery',
  });
  cookie = (signedUp.headers.getSetCookie()[0] ?? '').split(';', 1)[0] ?? '';
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await admin?.end();
  await api?.close();
  await database?.drop();
  await rm(home, { recursive: true, force: true });
});

const post = (where: string, body: object): Promise<Response> =>
  fetch(`${api.url}/auth${where}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: api.portalOrigin, ...(cookie !== undefined && { cookie }) },
    body: JSON.stringify(body),
  });

const cli = (...args: readonly string[]) => runCommand(...args, '--api', api.graphqlUrl);

/** Decides as the person in the browser does, once the program has asked. */
const decide = async (decision: 'approve' | 'deny'): Promise<void> => {
  const pending = `select "userCode" as code from auth."deviceCode" where "status" = 'pending'`;
  const find = async () => (await admin.query<{ code: string }>(pending)).rows[0]?.code;
  await expect.poll(find, { timeout: 15_000 }).toBeDefined();
  const userCode = (await find()) ?? '';
  await fetch(`${api.url}/auth/device?user_code=${userCode}`, { headers: { cookie, origin: api.portalOrigin } });
  expect((await post(`/device/${decision}`, { userCode })).status).toBe(200);
};

const sessionFile = () => path.join(home, 'ia-modules', 'sessions.json');

it('whoami says that nobody is signed in, and what to do', async () => {
  const { code, stderr } = await cli('whoami');
  expect(code).toBe(1);
  expect(stderr).toContain('ia-modules login');
});

it('login keeps a session for this address, in a file of the user alone', async () => {
  const [login] = await Promise.all([cli('login'), decide('approve')]);
  expect(login).toMatchObject({ code: 0 });
  expect(login.stdout).toMatch(/Open http:\/\/localhost:3100\/device and enter the code [A-Z2-9]{8}/);
  expect(login.stdout).toContain('as ann@example.com');
  expect((await stat(sessionFile())).mode & 0o077).toBe(0);
  const { stdout } = await cli('whoami');
  expect(stdout).toContain('Ann <ann@example.com>');
  const elsewhere = await runCommand('whoami', '--api', `${api.url}/graphql/other`);
  expect(elsewhere.code).not.toBe(0);
});

it('an API token still comes first', async () => {
  vi.stubEnv('IA_API_TOKEN', 'ia_nobody');
  const { code, stderr } = await cli('whoami');
  vi.stubEnv('IA_API_TOKEN', '');
  expect(code).toBe(1);
  expect(stderr).toContain('IA_API_UNAUTHENTICATED');
});

it('logout ends the session here and on the platform', async () => {
  const stored = JSON.parse(await readFile(sessionFile(), 'utf8')) as Record<string, { readonly token: string }>;
  const token = Object.values(stored)[0]?.token ?? '';
  expect(await cli('logout')).toMatchObject({ code: 0 });
  expect(await readFile(sessionFile(), 'utf8')).not.toContain(token);
  const asked = () => runCommand('whoami', '--api', api.graphqlUrl, '--token', token).then(({ code }) => code);
  await expect.poll(asked, { timeout: 5_000 }).toBe(1);
  expect((await cli('logout')).stdout).toContain('Not signed in');
});

it('login ends when the person refuses', async () => {
  const [login] = await Promise.all([cli('login'), decide('deny')]);
  expect(login.code).toBe(1);
  expect(login.stderr).toContain('IA_CLI_SIGN_IN');
});
