import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { listMarketplacePackages, publishPackages } from '@ia-modules/dev/marketplace';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';

const { access } = inject('platform');
const root = path.resolve(import.meta.dirname, '../..');
const PUBLISH_TIMEOUT_MS = 180_000;

/** All kinds of packages; `npm run marketplace` publishes the rest in the same way. */
const CHOSEN = [
  '@ia-modules/plugin-sdk',
  '@ia-modules/cli',
  '@ia-modules/plugin-csv',
  '@ia-modules/plugin-database',
  '@community/readability',
  '@community/plain-words',
  '@community/geo',
  '@community/exchange-rates',
];
const packages = listMarketplacePackages().filter(({ name }) => CHOSEN.includes(name));

/** npm asks a service of the internet for keys first, which tests do without. */
const AUDIT = `NODE_OPTIONS="--require ${path.join(root, 'apps/registry/tests/without-tuf.cjs')}" npm audit signatures`;

let home: string;

beforeAll(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'ia-author-'));
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

const publish = async (): Promise<number> => {
  const tokens = access.operator?.publishers;
  if (tokens === undefined) throw new Error('the platform has no operator');
  return await publishPackages({ registry: access.registry, tokens, packages, say: () => undefined });
};

type Result = Readonly<{ code: number; stdout: string; stderr: string }>;

/** A shell that has Node, npm and what is installed in its folder; no tool of this repository. */
const shell = (script: string): Promise<Result> =>
  new Promise((resolve) => {
    const node = path.dirname(process.execPath);
    const env = {
      PATH: `${path.join(home, 'node_modules/.bin')}:${node}:${path.join(root, 'node_modules/npm/bin')}:${process.env['PATH'] ?? ''}`,
      HOME: home,
      IA_API_URL: access.graphql,
      IA_REGISTRY_URL: access.registry,
      IA_API_TOKEN: access.demo.apiToken,
      npm_config_registry: `${access.registry}/`,
      npm_config_update_notifier: 'false',
    };
    execFile('bash', ['-e', '-c', script], { cwd: home, env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, stdout, stderr });
    });
  });

const ask = async (query: string): Promise<ReturnType<typeof JSON.parse>> => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${access.demo.apiToken}` };
  const response = await fetch(access.graphql, { method: 'POST', headers, body: JSON.stringify({ query }) });
  const { data, errors } = (await response.json()) as { readonly data: unknown; readonly errors?: unknown };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
};

test('what comes with the platform goes through its gate, once', { timeout: PUBLISH_TIMEOUT_MS }, async () => {
  expect(await publish()).toBe(CHOSEN.length);
  expect(await publish()).toBe(0);
});

test('the marketplace shows it', async () => {
  const { plugins } = await ask(
    `query { plugins(search: "csv", first: 5) { nodes { name isBuiltIn category icon latestVersion { version } } } }`,
  );
  expect(plugins.nodes[0]).toMatchObject({ name: '@ia-modules/plugin-csv', isBuiltIn: true, category: 'DATA' });
  const { plugin } = await ask(`{ plugin(name: "@community/geo") { title isBuiltIn readmeHtml category } }`);
  expect(plugin).toMatchObject({ isBuiltIn: false, category: 'DATA', readmeHtml: expect.stringContaining('<h2') });
});

test('npm verifies who signed what it installs', async () => {
  const { code, stdout, stderr } = await shell(`mkdir consumer && cd consumer && npm init --yes >/dev/null
    npm install --no-audit --no-fund @community/geo >/dev/null
    ${AUDIT}`);
  expect({ code, stdout, stderr }).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/1 package has a verified/),
  });
});

test('an author with nothing but this registry makes a plugin', { timeout: PUBLISH_TIMEOUT_MS }, async () => {
  writeFileSync(path.join(home, 'package.json'), '{"name":"author","private":true}');
  const installed = await shell('npm install --no-audit --no-fund --save-dev @ia-modules/cli @ia-modules/plugin-sdk');
  expect(installed).toMatchObject({ code: 0 });
  // Nothing came from elsewhere.
  const scopes = readdirSync(path.join(home, 'node_modules')).filter((name) => !name.startsWith('.'));
  expect(scopes).toEqual(['@ia-modules']);
  expect((await shell(AUDIT)).stdout).toMatch(/2 packages have verified/);
  const made = await shell(`
    ia-plugin init shouting --name @community/shouting-author --language js
    ia-plugin build shouting
    ia-plugin login >/dev/null
    (cd shouting && npm publish --registry "$IA_REGISTRY_URL")
    ia-plugin install @community/shouting-author`);
  expect({ code: made.code, stderr: made.stderr }).toMatchObject({ code: 0 });
  const { plugin } = await ask('{ plugin(name: "@community/shouting-author") { latestVersion { version } } }');
  expect(plugin.latestVersion.version).toBe('0.1.0');
});
