import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createBlobStore } from '@ia-modules/blobs';
import { createTestDatabase, type SeededTenant, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { readTrustedKeys, verifyVersion } from '@ia-modules/plugin-signatures';
import { Client, Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Registry } from '../src/registry.ts';
import { signAnew } from '../src/signing/sign-anew.ts';
import { loadSigningKey } from '../src/signing/signing.ts';
import { createPackageStore } from '../src/storage/package-store.ts';
import { pluginPackageJson, pluginTarball, publishBody } from '../src/testing/plugin-package.ts';
import { INTERNAL_TOKEN, startTestRegistry } from './test-registry.ts';

let database: TestDatabase;
let admin: Client;
let pool: Pool;
let registry: Registry;
let root: string;
let acme: SeededTenant;
let token: string;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  pool = new Pool({ connectionString: database.urls.registry, max: 1 });
  root = await mkdtemp(join(tmpdir(), 'ia-keys-'));
  registry = await startTestRegistry(database.urls.registry, join(root, 'storage'), {
    signingKey: { file: join(root, 'storage.signing-key.pem') },
  });
  acme = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  token = await acme.apiToken(['PLUGINS_READ', 'PLUGINS_PUBLISH']);
});

afterAll(async () => {
  await registry?.stop();
  await pool?.end();
  await admin?.end();
  await database?.drop();
  await rm(root, { recursive: true, force: true });
});

async function publish(name: string): Promise<void> {
  const body = publishBody(name, '1.0.0', pluginTarball(pluginPackageJson({ name })));
  const response = await fetch(`${registry.url}/${name.replace('/', '%2f')}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(201);
}

/** The operator's commands, with the settings of the registry. */
async function keys(...args: readonly string[]): Promise<{ code: unknown; output: string }> {
  const main = fileURLToPath(new URL('../src/keys-main.ts', import.meta.url));
  const env = {
    IA_REGISTRY_STORAGE: join(root, 'storage'),
    IA_REGISTRY_DATABASE_URL: database.urls.registry,
    IA_INTERNAL_TOKEN: INTERNAL_TOKEN,
  };
  return await new Promise((resolve) => {
    execFile(process.execPath, ['--conditions=ia-src', main, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, output: stdout + stderr });
    });
  });
}

const inTurn = <T>(_packageName: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
  work(new AbortController().signal);

async function verdictOn(name: string) {
  const { rows } = await admin.query('select * from plugin_versions where plugin_name = $1', [name]);
  const [{ version, integrity, signatures, published_at: publishedAt }] = rows;
  return verifyVersion({ name, version, integrity, signatures, publishedAt }, await readTrustedKeys(pool));
}

it('signs older versions when it is told to, and none whose tarball is another', async () => {
  await publish('@acme/old');
  await publish('@acme/altered');
  await admin.query(`update plugin_versions set signatures = '[]'`);
  expect(await verdictOn('@acme/old')).toMatchObject({ problem: 'unsigned' });
  await writeFile(join(root, 'storage/@acme/altered/altered-1.0.0.tgz'), 'something else');

  const { code, output } = await keys('sign');
  expect(output).toContain('signed  @acme/old@1.0.0');
  expect(output).toContain('changed  @acme/altered@1.0.0');
  expect(code).toBe(1);
  expect(await verdictOn('@acme/old')).toMatchObject({ ok: true });
  expect(await verdictOn('@acme/altered')).toMatchObject({ problem: 'unsigned' });
  const { rows } = await admin.query(`select signatures from plugin_versions where plugin_name = '@acme/old'`);
  const document = JSON.parse(await readFile(join(root, 'storage/@acme/old/package.json'), 'utf8'));
  expect(document.versions['1.0.0'].dist.signatures).toEqual(rows[0].signatures);
});

const outcomesOf = async (signed: ReturnType<typeof signAnew>) => {
  const outcomes = [];
  for await (const outcome of signed) outcomes.push(outcome);
  return outcomes;
};

it('signs again what it could not write into the storage', async () => {
  await publish('@acme/unwritten');
  await admin.query(`update plugin_versions set signatures = '[]' where plugin_name = '@acme/unwritten'`);
  const store = createPackageStore(createBlobStore(pathToFileURL(join(root, 'storage')).href, 'IA_REGISTRY_STORAGE'));
  const full = { ...store, setSignatures: () => Promise.reject(new Error('no space left')) };
  const signingKey = await loadSigningKey({ file: join(root, 'storage.signing-key.pem') });
  const options = { pool, store: full, withPackageLock: inTurn, signingKey };
  await expect(outcomesOf(signAnew(options))).rejects.toThrow('no space left');
  const outcomes = await outcomesOf(signAnew({ ...options, store }));
  expect(outcomes).toContainEqual({ name: '@acme/unwritten', version: '1.0.0', outcome: 'signed' });
});

it('signs with a new key after a rotation, while the registry runs, and keeps what the old one signed', async () => {
  await publish('@acme/before');
  const first = await verdictOn('@acme/before');
  expect(await keys('rotate')).toMatchObject({ code: 0 });
  await publish('@acme/after');
  const second = await verdictOn('@acme/after');
  expect([first.ok, second.ok]).toEqual([true, true]);
  expect(second).not.toEqual(first);
  expect(await verdictOn('@acme/before')).toEqual(first);
  const served = (await (await fetch(`${registry.url}/-/npm/v1/keys`)).json()) as {
    keys: { expires: string | null }[];
  };
  expect(served.keys.map(({ expires }) => expires === null)).toEqual([false, true]);
});

it('trusts nothing of a revoked key, until it is signed with another', async () => {
  await publish('@acme/tainted');
  const verdict = await verdictOn('@acme/tainted');
  if (!verdict.ok) throw new Error(verdict.message);
  expect(await keys('revoke', verdict.keyId, 'it', 'leaked')).toMatchObject({ code: 0 });
  expect(await verdictOn('@acme/tainted')).toMatchObject({ problem: 'revoked_key' });
  expect(await keys('sign')).toMatchObject({ code: 2, output: expect.stringContaining('was revoked') });
  expect(await keys('rotate')).toMatchObject({ code: 0 });
  await keys('sign');
  expect(await verdictOn('@acme/tainted')).toMatchObject({ ok: true });
  expect((await keys('list')).output).toContain('revoked');
});
