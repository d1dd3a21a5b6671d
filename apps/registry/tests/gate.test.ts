import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTrustedKeys, verifyVersion } from '@ia-modules/plugin-signatures';
import { createTestDatabase, type SeededTenant, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { Client, Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Registry } from '../src/registry.ts';
import { pluginPackageJson } from '../src/testing/plugin-package.ts';
import { createNpmClient, type NpmClient, writePackage } from './npm-client.ts';
import { startTestRegistry } from './test-registry.ts';

// Each npm command is a process of its own, and each plugin is tested in the sandbox.
vi.setConfig({ testTimeout: 120_000 });

const STEP = {
  name: 'count',
  title: 'Count words',
  description: '',
  input: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  output: { type: 'object', properties: { words: { type: 'integer' } }, required: ['words'] },
};
const MANIFEST = { apiVersion: 1, entry: 'dist/plugin.js', contributions: { steps: [STEP] } };
const CODE = `export const plugin = { contributions: [{
  kind: 'step', name: 'count', describe: () => (${JSON.stringify(STEP)}),
  run: async ({ text }) => ({ words: text.split(/\\s+/).filter(Boolean).length }),
}] };\n`;
const FIXTURE = {
  name: 'counts',
  kind: 'step',
  contribution: 'count',
  input: { text: 'a b c' },
  expect: { output: { words: 3 } },
};

let database: TestDatabase;
let admin: Client;
let pool: Pool;
let registry: Registry;
let root: string;
let npm: NpmClient;
let otherNpm: NpmClient;
let acme: SeededTenant;
const keyFile = () => join(root, 'keys', 'signing-key.pem');

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  pool = new Pool({ connectionString: database.urls.registry, max: 1 });
  root = await mkdtemp(join(tmpdir(), 'ia-gate-'));
  registry = await startTestRegistry(database.urls.registry, join(root, 'storage'), {
    selfTest: 'process',
    signingKey: { file: keyFile() },
  });
  acme = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  const globex = await seedTenant(database, { slug: 'globex', name: 'Globex' });
  npm = await createNpmClient(root, registry.url, await acme.apiToken(['PLUGINS_READ', 'PLUGINS_PUBLISH']));
  otherNpm = await createNpmClient(root, registry.url, await globex.apiToken(['PLUGINS_READ', 'PLUGINS_PUBLISH']));
});

afterAll(async () => {
  await registry?.stop();
  await pool?.end();
  await admin?.end();
  await database?.drop();
  await rm(root, { recursive: true, force: true });
});

/** With a cache of its own, so that it sees what the registry has now. */
async function auditor(): Promise<NpmClient> {
  const withoutTuf = fileURLToPath(new URL('./without-tuf.cjs', import.meta.url));
  return await createNpmClient(root, registry.url, undefined, { NODE_OPTIONS: `--require ${withoutTuf}` });
}

type Files = Readonly<Record<string, string>>;

async function publish(client: NpmClient, overrides: Readonly<Record<string, unknown>>, files: Files = {}) {
  const packageJson = pluginPackageJson({ iaModules: MANIFEST, ...overrides });
  return await client.run(await writePackage(root, packageJson, { 'dist/plugin.js': CODE, ...files }), 'publish');
}

describe('signatures', () => {
  it('lie in a file of their own, stand in catalogue and document, and npm takes them for good', async () => {
    expect(await publish(npm, { name: '@community/signed-words' })).toMatchObject({ code: 0 });
    expect((await stat(keyFile())).mode & 0o777).toBe(0o600);

    const { rows } = await admin.query(`select * from plugin_versions where plugin_name = '@community/signed-words'`);
    const [{ plugin_name: name, version, integrity, signatures }] = rows;
    expect(verifyVersion({ name, version, integrity, signatures }, await readTrustedKeys(pool))).toMatchObject({
      ok: true,
    });

    const project = await writePackage(root, { name: 'project', version: '1.0.0' }, {});
    expect(await otherNpm.run(project, 'install', name)).toMatchObject({ code: 0 });
    const audited = await (await auditor()).run(project, 'audit', 'signatures');
    expect(audited).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 package has a verified registry signature'),
    });

    const document = join(root, 'storage', name, 'package.json');
    const stored = await readFile(document, 'utf8');
    await writeFile(document, stored.replace(signatures[0].sig, `${signatures[0].sig.slice(0, -8)}AAAAAAA=`));
    const changed = await (await auditor()).run(project, 'audit', 'signatures');
    await writeFile(document, stored);
    expect(changed.code).not.toBe(0);
    expect(changed.stdout + changed.stderr).toMatch(/invalid registry signature/);
  });
});

describe('the self-test', () => {
  it('publishes a plugin whose code does what manifest and fixtures say', async () => {
    const files = { 'fixtures/counts.json': JSON.stringify(FIXTURE) };
    expect(await publish(npm, { name: '@acme/tested', files: ['dist', 'fixtures'] }, files)).toMatchObject({ code: 0 });
  });

  it.each<[string, Files, RegExp]>([
    ['does not load', { 'dist/plugin.js': 'throw new Error("no such luck");' }, /no such luck/],
    ['reaches for the network', { 'dist/plugin.js': `await fetch('https://example.com');${CODE}` }, /fails its test/],
    [
      'contributes something else',
      { 'dist/plugin.js': CODE.replaceAll('Count words', 'Other') },
      /steps\.count.*\(title\)/,
    ],
    [
      'fails a fixture',
      { 'fixtures/wrong.json': JSON.stringify({ ...FIXTURE, expect: { output: { words: 4 } } }) },
      /fixtures\/wrong\.json: output\.words: expected 4, got 3/,
    ],
    ['has a fixture that is none', { 'fixtures/none.json': '{' }, /fixtures\/none\.json: is no JSON/],
  ])('refuses one that %s, and says so', async (_name, files, told) => {
    const { code, stderr } = await publish(npm, { name: '@acme/failing' }, files);
    expect(code).not.toBe(0);
    expect(stderr).toMatch('IA_REGISTRY_SELF_TEST');
    expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(told);
    expect((await admin.query(`select 1 from plugins where name = '@acme/failing'`)).rowCount).toBe(0);
  });
});

describe('names', () => {
  it('refuses what reads like the name of another tenant or of a built-in plugin, and lets a tenant name its own', async () => {
    expect(await publish(npm, { name: '@community/glossary' })).toMatchObject({ code: 0 });
    for (const name of ['@community/gl0ssary', '@community/glosary', '@community/glossray', '@community/plugin-http']) {
      const refusal = await publish(otherNpm, { name });
      expect(refusal.code).not.toBe(0);
      expect(refusal.stderr).toMatch(/IA_REGISTRY_NAME.*reads like/);
    }
    expect(await publish(npm, { name: '@community/glossary2' })).toMatchObject({ code: 0 });
  });

  it('lets the platform alone publish under its scope, plugins or not, for all to read', async () => {
    const refusal = await publish(npm, { name: '@ia-modules/kit', iaModules: undefined });
    expect(refusal.stderr).toMatch(/@ia-modules is reserved/);

    const platform = await seedTenant(database, { slug: 'ia-modules', name: 'IA Modules' });
    const token = await platform.apiToken(['PLUGINS_READ', 'PLUGINS_PUBLISH']);
    const platformNpm = await createNpmClient(root, registry.url, token);
    expect(await publish(platformNpm, { name: '@ia-modules/kit', iaModules: undefined })).toMatchObject({ code: 0 });
    const trusted = { ...MANIFEST, runtime: 'trusted' };
    expect(await publish(platformNpm, { name: '@ia-modules/plugin-count', iaModules: trusted })).toMatchObject({
      code: 0,
    });

    const project = await writePackage(root, { name: 'project', version: '1.0.0' }, {});
    const anyone = await createNpmClient(root, registry.url);
    expect(await anyone.run(project, 'install', '@ia-modules/kit')).toMatchObject({ code: 0 });
    const { rows } = await admin.query(`select name, visibility from plugins where name like '@ia-modules/%'`);
    expect(rows).toEqual([{ name: '@ia-modules/plugin-count', visibility: 'public' }]);
  });
});

describe('what is in a tarball', () => {
  it('is refused with a secret in it, by file and line, without the secret', async () => {
    const token = ['ghp', 'abcdefghijklmnopqrstuvwxyz0123456789'].join('_');
    const { code, stderr } = await publish(npm, { name: '@acme/leaky' }, { 'docs/notes.md': `# Notes\n\n${token}\n` });
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/IA_REGISTRY_SECRET: docs\/notes\.md, line 3/);
    expect(stderr).not.toContain(token);
  });

  it('is stored up to the limit, and the registry answers meanwhile', async () => {
    const noise = Array.from({ length: 30 }, (_, index) => [`data/${index}.bin`, randomText(1024 * 1024)] as const);
    const publishing = publish(npm, { name: '@acme/large' }, Object.fromEntries(noise));
    expect((await fetch(`${registry.url}/-/ping`)).status).toBe(200);
    expect(await publishing).toMatchObject({ code: 0 });
  });
});

/** Hard to pack. */
function randomText(length: number): string {
  return Array.from(crypto.getRandomValues(new Uint16Array(16 * 1024)), (n) => n.toString(36))
    .join('')
    .repeat(Math.ceil(length / 50_000))
    .slice(0, length);
}
