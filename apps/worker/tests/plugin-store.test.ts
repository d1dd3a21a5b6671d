import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPluginStore, type PluginStore } from '../src/plugin-store.ts';
import {
  buildTarball,
  pluginEntries,
  startTarballServer,
  type TarballEntry,
  type TarballServer,
  TOKEN,
} from './tarball-server.ts';

const NAME = '@community/shout';
const idle = new AbortController().signal;

let directory: string;
let server: TarballServer;
let store: PluginStore;

const createStore = (internalToken = TOKEN): PluginStore =>
  createPluginStore({ directory: path.join(directory, 'plugins'), registryUrl: server.url, internalToken });

beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'ia-plugins-'));
  server = await startTarballServer();
  store = createStore();
});

afterEach(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});

const serve = (...more: TarballEntry[]): ReturnType<TarballServer['serve']> =>
  server.serve(NAME, '1.0.0', buildTarball([...pluginEntries(NAME, '1.0.0'), ...more]));

const leftovers = (): string[] => {
  try {
    return readdirSync(path.join(directory, 'plugins'));
  } catch {
    return [];
  }
};

test('a tarball is downloaded once for everyone, also over a restart, and unpacked without execute rights', async () => {
  const reference = serve();
  const [first, second] = await Promise.all([store.install(reference, idle), store.install(reference, idle)]);
  const third = await createStore().install(reference, idle);

  expect(server.downloads).toBe(1);
  expect(second).toEqual(first);
  expect(third).toEqual(first);
  expect(first.manifest.contributions.steps.map((step) => step.name)).toContain('shout');
  const entry = path.join(first.directory, 'dist/plugin.js');
  expect(readFileSync(entry, 'utf8')).toContain('toUpperCase');
  expect(statSync(entry).mode & 0o111).toBe(0);
});

test('a tarball that is not the pinned one is refused and leaves nothing', async () => {
  const { integrity } = serve();
  serve({ path: 'package/extra.js', content: 'changed' });
  const install = store.install({ name: NAME, version: '1.0.0', integrity }, idle);
  await expect(install).rejects.toMatchObject({ code: 'IA_PLUGIN_INTEGRITY' });
  expect(leftovers()).toEqual([]);
});

test.each<[string, TarballEntry]>([
  ['a symbolic link', { path: 'package/dist/link.js', type: 'SymbolicLink', linkpath: '/etc/passwd' }],
  ['a hard link', { path: 'package/dist/link.js', type: 'Link', linkpath: 'package/package.json' }],
  ['a device', { path: 'package/null', type: 'CharacterDevice' }],
  ['a path that climbs out', { path: 'package/../../escape.js', content: 'x' }],
  ['an absolute path', { path: '/tmp/escape.js', content: 'x' }],
  ['a path outside its root', { path: 'other/escape.js', content: 'x' }],
  ['a file twice', { path: 'package/package.json', content: '{}' }],
])('a tarball that holds %s is refused and leaves nothing', async (_what, entry) => {
  await expect(store.install(serve(entry), idle)).rejects.toMatchObject({ code: 'IA_PLUGIN_TARBALL' });
  expect(leftovers()).toEqual([]);
});

test('a tarball of another package is refused', async () => {
  const reference = server.serve(NAME, '2.0.0', buildTarball(pluginEntries(NAME, '1.0.0')));
  await expect(store.install(reference, idle)).rejects.toMatchObject({ code: 'IA_PLUGIN_MANIFEST' });
});

test('a refusal of the registry is terminal, its silence may pass', async () => {
  const missing = { name: NAME, version: '9.9.9', integrity: 'sha512-none' };
  await expect(store.install(missing, idle)).rejects.toMatchObject({
    code: 'IA_PLUGIN_DOWNLOAD',
    disposition: 'terminal',
  });
  await expect(createStore('wrong').install(serve(), idle)).rejects.toThrow(/answered 401/);
  await server.close();
  await expect(store.install(missing, idle)).rejects.toMatchObject({
    code: 'IA_PLUGIN_DOWNLOAD',
    disposition: 'retry',
  });
  server = await startTarballServer();
});

test('an attempt that is aborted does not wait for the download', async () => {
  const aborted = AbortSignal.abort(new Error('canceled'));
  await expect(store.install(serve(), aborted)).rejects.toThrow('canceled');
});
