import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Registry } from '../src/registry.ts';
import { pluginPackageJson, pluginTarball, publishBody } from '../src/testing/plugin-package.ts';
import { startTestRegistry } from './test-registry.ts';

const SECRET = '@acme/secret';
const NOTHING = '@acme/nothing';

let database: TestDatabase;
let registry: Registry;
let root: string;
let ownerToken: string;
let strangerToken: string;

beforeAll(async () => {
  database = await createTestDatabase();
  root = await mkdtemp(join(tmpdir(), 'ia-registry-'));
  registry = await startTestRegistry(database.urls.registry, join(root, 'storage'));
  const acme = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  const globex = await seedTenant(database, { slug: 'globex', name: 'Globex' });
  ownerToken = await acme.apiToken(['PLUGINS_READ', 'PLUGINS_PUBLISH']);
  strangerToken = await globex.apiToken(['PLUGINS_READ', 'PLUGINS_PUBLISH', 'PLUGINS_INSTALL']);
  const published = await ask('PUT', path(SECRET), ownerToken, bodyOf(SECRET));
  if (published.status !== 201) throw new Error(JSON.stringify(published));
});

afterAll(async () => {
  await registry?.stop();
  await database?.drop();
  await rm(root, { recursive: true, force: true });
});

const path = (name: string) => `/${name.replace('/', '%2f')}`;
const bodyOf = (name: string) => publishBody(name, '1.0.0', pluginTarball(pluginPackageJson({ name })));

/** An answer without what differs each time, and without the name that was asked for. */
async function ask(method: string, url: string, token?: string, body?: unknown) {
  const response = await fetch(registry.url + url, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = (await response.text()).replaceAll(SECRET, '<name>').replaceAll(NOTHING, '<name>');
  const headers = [...response.headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  return { status: response.status, headers, text };
}

type Request = {
  readonly method: string;
  readonly url: string;
  readonly bodyFor?: (name: string) => unknown;
};

/** Every kind of address that the registry answers; `<path>` is the name as npm writes it, `<base>` what follows the scope. */
const REQUESTS: readonly Request[] = [
  { method: 'GET', url: '<path>' },
  { method: 'HEAD', url: '<path>' },
  { method: 'GET', url: '/<name>' },
  { method: 'GET', url: '<path>/1.0.0' },
  { method: 'GET', url: '<path>/latest' },
  { method: 'GET', url: '<path>?write=true' },
  { method: 'GET', url: '/<name>/-/<base>-1.0.0.tgz' },
  { method: 'GET', url: '<path>/-/<base>-1.0.0.tgz' },
  { method: 'GET', url: '/-/package<path>/dist-tags' },
  { method: 'PUT', url: '/-/package<path>/dist-tags/stable', bodyFor: () => '1.0.0' },
  { method: 'DELETE', url: '/-/package<path>/dist-tags/stable' },
  { method: 'PUT', url: '<path>', bodyFor: bodyOf },
  { method: 'PUT', url: '<path>/-rev/1-0', bodyFor: bodyOf },
  { method: 'DELETE', url: '<path>/-rev/1-0' },
  { method: 'GET', url: '/-/v1/search?text=<name>' },
];

const urlFor = (template: string, name: string) =>
  template
    .replace('<path>', path(name))
    .replace('<name>', name)
    .replace('<base>', name.split('/')[1] ?? '');

type Caller = { readonly name: string; readonly token: () => string | undefined };

const CALLERS: readonly Caller[] = [
  { name: 'a token of another tenant', token: () => strangerToken },
  { name: 'nobody', token: () => undefined },
];

describe.each(CALLERS)('$name', ({ token }) => {
  it.each(REQUESTS)('can not tell a private package from none: $method $url', async ({ method, url, bodyFor }) => {
    const [foreign, nothing] = [
      await ask(method, urlFor(url, SECRET), token(), bodyFor?.(SECRET)),
      await ask(method, urlFor(url, NOTHING), token(), bodyFor?.(NOTHING)),
    ];
    expect(foreign).toEqual(nothing);
  });
});

it('the package is there for its tenant all the time', async () => {
  expect(await ask('GET', `${path(SECRET)}/1.0.0`, ownerToken)).toMatchObject({ status: 200 });
  const tags = await ask('GET', `/-/package${path(SECRET)}/dist-tags`, ownerToken);
  expect(JSON.parse(tags.text)).toEqual({ latest: '1.0.0' });
});
