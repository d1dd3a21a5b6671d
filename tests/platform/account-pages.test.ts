import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBrowser } from '@ia-modules/dev/browser';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { authenticatorCode } from './authenticator.ts';
import { signInDemoOwner } from './tenants.ts';

const PROGRAM = fileURLToPath(new URL('../../apps/cli/bin/ia-modules.mjs', import.meta.url));
const PASSWORD = 'the first long password';

const platform = inject('platform');
const { portal } = platform.access;

let browser: Browser;

beforeAll(async () => {
  const isRoot = process.getuid?.() === 0;
  // Chromium's own sandbox refuses to start as root; the pages are ours.
  browser = await chromium.launch({ executablePath: await findBrowser(), args: isRoot ? ['--no-sandbox'] : [] });
});

afterAll(() => browser?.close());

/** A browser of its own, in which somebody has just made an account. */
async function signUp(email: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${portal}/sign-up`);
  await page.getByLabel('Name').fill('Ann');
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.waitForURL('**/new-tenant');
  return page;
}

async function fillSignIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** The link of the newest mail of a kind, as it can be read in the file. */
function findLink(kind: string, email: string): string | undefined {
  const folder = path.join(platform.dataDir, 'outbox');
  const file = readdirSync(folder)
    .toSorted()
    .findLast((name) => name.includes(` ${kind} ${email} `) && name.endsWith('.eml'));
  return file && /^https?:\S+/m.exec(readFileSync(path.join(folder, file), 'utf8'))?.[0];
}

async function awaitLink(kind: string, email: string): Promise<string> {
  await expect.poll(() => findLink(kind, email), { timeout: 15_000, interval: 50 }).toBeDefined();
  return findLink(kind, email) ?? '';
}

test('a forgotten password is replaced through the mail, and signs everybody out', async () => {
  const email = 'forgetful@example.test';
  const signedIn = await signUp(email);
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${portal}/sign-in`);
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await page.waitForURL('**/forgot-password');
  await page.getByLabel('Email').fill(email);
  await page.getByRole('button', { name: 'Send a link' }).click();
  await page.getByRole('status').getByText('a mail with a link is on its way').waitFor();

  await page.goto(await awaitLink('resetPassword', email));
  await page.getByLabel('New password').fill('another long password');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByRole('status').getByText('Your password is changed').waitFor();
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.waitForURL('**/sign-in');
  await fillSignIn(page, email, PASSWORD);
  await page.getByRole('alert').getByText('Could not sign in').waitFor();
  await fillSignIn(page, email, 'another long password');
  await page.waitForURL('**/new-tenant');

  await signedIn.goto(`${portal}/account`);
  expect(new URL(signedIn.url()).pathname).toBe('/sign-in');
  await Promise.all([page.context().close(), signedIn.context().close()]);
});

test('a second factor is set up on the account page and asked for at the sign-in', async () => {
  const email = 'careful@example.test';
  const page = await signUp(email);
  await page.goto(`${portal}/account`);
  await page.getByLabel('Your password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set up a second factor' }).click();
  const key = await page.locator('code').first().innerText();
  await page.getByLabel('Code', { exact: true }).fill(authenticatorCode(key));
  await page.getByRole('button', { name: 'Switch it on' }).click();
  await page.getByText('A second factor is on.').waitFor();

  await page.context().clearCookies();
  await page.goto(`${portal}/sign-in?next=/account`);
  await fillSignIn(page, email, PASSWORD);
  await page.getByRole('heading', { name: 'Second factor' }).waitFor();
  await page.getByLabel('Code', { exact: true }).fill('no code');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').getByText('Could not sign in').waitFor();
  await page.getByLabel('Code', { exact: true }).fill(authenticatorCode(key));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('A second factor is on.').waitFor();
  expect(new URL(page.url()).pathname).toBe('/account');
  await page.context().close();
});

test('somebody without an account joins the tenant that invited them by mail', async () => {
  const email = 'invited@example.test';
  const owner = await signInDemoOwner(platform);
  await owner.client.mutate(
    z.object({ invitation: z.object({ id: z.string() }) }),
    `mutation ($input: InviteMemberInput!) {
      inviteMember(input: $input) { ... on InviteMemberSuccess { invitation { id } } ... on Error { code message } }
    }`,
    { input: { tenantId: owner.tenantId, email, role: 'viewer' } },
  );
  const page = await (await browser.newContext()).newPage();
  await page.goto(await awaitLink('invitation', email));
  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.getByLabel('Name').fill('Ivo');
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('button', { name: 'Accept' }).click();
  await page.waitForURL(`**/t/${owner.slug}**`);
  const { tenant } = await owner.client.request(
    z.object({
      tenant: z.object({ members: z.object({ nodes: z.array(z.object({ user: z.object({ email: z.string() }) })) }) }),
    }),
    'query ($slug: String!) { tenant(slug: $slug) { members(first: 100) { nodes { user { email } } } } }',
    { slug: owner.slug },
  );
  expect(tenant.members.nodes.map(({ user }) => user.email)).toContain(email);
  await page.context().close();
});

type CommandLine = (command: string) => ChildProcessWithoutNullStreams;

/** `ia-modules` of somebody whose home is empty, for the time of a test. */
function openCommandLine(): CommandLine {
  const home = mkdtempSync(path.join(os.tmpdir(), 'ia-device-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const { IA_API_TOKEN: _token, ...environment } = process.env;
  return (command) => {
    const program = spawn(process.execPath, [PROGRAM, command, '--api', platform.access.graphql], {
      env: { ...environment, HOME: home, XDG_CONFIG_HOME: home, NO_COLOR: '1' },
    });
    onTestFinished(() => void program.kill());
    return program;
  };
}

/** Reads what a program says until a pattern is in it, or it ends. */
async function readUntil(program: ChildProcessWithoutNullStreams, pattern: RegExp): Promise<string> {
  let said = '';
  for await (const chunk of program.stdout.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    if (pattern.test(said)) break;
  }
  return said;
}

test('a command line is let in on the page that it names', async () => {
  const email = 'typing@example.test';
  const page = await signUp(email);
  await page.goto(`${portal}/device?user_code=MISTYPED`);
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('alert').getByText('Invalid user code').waitFor();
  const runCommand = openCommandLine();
  const login = runCommand('login');
  const ended = once(login, 'close');
  const invitation = await readUntil(login, /user_code=\S+\n/);
  const [address] = /http\S+user_code=\S+/.exec(invitation) ?? [];
  await page.goto(address ?? 'about:blank');
  await page.getByText(`It will act as ${email}`).waitFor();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('status').getByText('The command line is in').waitFor();
  expect(await readUntil(login, /\n/)).toContain(`as ${email}`);
  expect(await ended).toEqual([0, null]);

  expect(await readUntil(runCommand('whoami'), /$^/)).toContain(email);
  await page.context().close();
});

test('npm is let in on the page that it names, for one tenant', async () => {
  const { email, password } = platform.access.demo;
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${portal}/npm-login?code=BCDF-GHJK`);
  await fillSignIn(page, email, password);
  await page.getByRole('alert').getByText('No login with this code is open').waitFor();
  const home = mkdtempSync(path.join(os.tmpdir(), 'ia-npm-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const npm = spawn('npm', ['login', '--registry', platform.access.registry], {
    cwd: home,
    env: { PATH: process.env['PATH'] ?? '', HOME: home },
  });
  onTestFinished(() => void npm.kill());
  const ended = once(npm, 'close');
  let said = '';
  for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await expect.poll(() => said, { timeout: 15_000 }).toMatch(/npm-login\?code=\S+\s/);
  await page.goto(/http\S+npm-login\?code=\S+/.exec(said)?.[0] ?? 'about:blank');
  await page.getByText(`as ${email}`).waitFor();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('status').getByText('npm is in').waitFor();
  expect([await ended, said]).toEqual([[0, null], expect.stringContaining('Logged in')]);
  expect(readFileSync(path.join(home, '.npmrc'), 'utf8')).toContain(':_authToken=ia_');
  await page.context().close();
});
