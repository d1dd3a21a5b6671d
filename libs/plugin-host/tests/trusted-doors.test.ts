import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { createGuardedConnect, createMemoryStore, createTenantFiles, STORE_LIMITS } from '../src/index.ts';

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const listen = async (): Promise<number> => {
  const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => void server.close());
  return (server.address() as AddressInfo).port;
};

describe('the guarded connect', () => {
  it('reaches what the operator allowed, by that name and port only', async () => {
    const [port, other] = [await listen(), await listen()];
    const connect = createGuardedConnect([`localhost:${port}`]);
    expect(await text(await connect({ host: 'localhost', port }))).toBe('hello');
    const denied = { code: 'IA_PLUGIN_NET_DENIED' };
    await expect(connect({ host: 'localhost', port: other })).rejects.toMatchObject(denied);
    for (const host of [
      '127.0.0.1',
      '::1',
      '::ffff:127.0.0.1',
      '0.0.0.0',
      '169.254.169.254',
      '2130706433',
      '0x7f.1',
      '127.1',
    ]) {
      await expect(connect({ host, port })).rejects.toMatchObject(denied);
    }
  });

  it('says that a refused connection may be tried again', async () => {
    const port = await listen();
    await cleanups.pop()?.();
    const connect = createGuardedConnect([`localhost:${port}`]);
    const refused = { code: 'IA_PLUGIN_NET_FAILED', disposition: 'retry' };
    await expect(connect({ host: 'localhost', port })).rejects.toMatchObject(refused);
  });
});

describe('the files of a tenant', () => {
  const foldersOf = async () => {
    const base = await realpath(await mkdtemp(join(tmpdir(), 'ia-files-')));
    cleanups.push(() => rm(base, { recursive: true }));
    const outside = join(base, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'secret.txt'), 'secret');
    return { root: join(base, 'tenant'), outside };
  };
  const denied = { code: 'IA_PLUGIN_FILE_DENIED' };

  it('lie below one folder, which is made when it is needed', async () => {
    const { root } = await foldersOf();
    const files = createTenantFiles(root);
    expect(await files.resolve('reports/may.csv', { toWriteBytes: 0 })).toBe(join(root, 'reports/may.csv'));
    expect(existsSync(join(root, 'reports'))).toBe(true);
    for (const path of ['../outside/secret.txt', 'a/../../outside', '/etc/passwd', '', '.', 'a/..', 'x\0y']) {
      await expect(files.resolve(path)).rejects.toMatchObject(denied);
    }
  });

  it('are not those that SQLite believes, who finds them beside a database', async () => {
    const { root } = await foldersOf();
    const files = createTenantFiles(root);
    for (const path of ['shop.db-journal', 'a/shop.db-WAL', 'shop.db-shm/.']) {
      await expect(files.resolve(path)).rejects.toMatchObject(denied);
    }
    expect(await files.resolve('journal.txt')).toBe(join(root, 'journal.txt'));
  });

  it('are not reached through links that lead elsewhere', async () => {
    const { root, outside } = await foldersOf();
    const files = createTenantFiles(root);
    await files.resolve('a');
    await symlink(outside, join(root, 'folder'));
    await symlink(join(outside, 'secret.txt'), join(root, 'file'));
    await symlink(join(outside, 'new.txt'), join(root, 'dangling'));
    await symlink('loop', join(root, 'loop'));
    await writeFile(join(root, 'real'), 'x');
    await symlink('real', join(root, 'inside'));
    for (const path of ['folder/secret.txt', 'folder/new/deep.txt', 'file', 'dangling', 'loop']) {
      await expect(files.resolve(path)).rejects.toMatchObject(denied);
    }
    expect(existsSync(join(outside, 'new'))).toBe(false);
    expect(await files.resolve('inside')).toBe(join(root, 'real'));
  });

  it('may be asked for at the same time', async () => {
    const { root } = await foldersOf();
    const files = createTenantFiles(root);
    const paths = await Promise.all(Array.from({ length: 20 }, (_, index) => files.resolve(`a/b/c/${index}`)));
    expect(new Set(paths).size).toBe(20);
  });
});

describe('the store in memory', () => {
  it('keeps, counts, forgets and bounds', async () => {
    let now = 0;
    const store = createMemoryStore(() => now);
    expect(await store.set('a', '1', { onlyIfAbsent: true })).toBe(true);
    expect(await store.set('a', '2', { onlyIfAbsent: true })).toBe(false);
    expect([await store.get('a'), await store.add('a', 2), await store.add('new', 1.5, { ttlMs: 10 })]).toEqual([
      '1',
      3,
      1.5,
    ]);
    now = 9;
    expect(await store.add('new', 1, { ttlMs: 10 })).toBe(2.5);
    now = 10;
    expect(await store.get('new')).toBeUndefined();
    expect([await store.delete('a'), await store.delete('a')]).toEqual([true, false]);
    await store.set('text', 'x');
    await expect(store.add('text', 1)).rejects.toThrow('no number');
    await expect(store.set('long', 'x'.repeat(STORE_LIMITS.valueChars + 1))).rejects.toMatchObject({
      code: 'IA_PLUGIN_LIMIT',
    });
  });

  it('makes room by what is over', async () => {
    let now = 0;
    const store = createMemoryStore(() => now);
    for (let index = 0; index < STORE_LIMITS.values; index++) await store.set(`k${index}`, 'x', { ttlMs: 10 });
    await expect(store.set('one more', 'x')).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
    now = 10;
    expect(await store.set('one more', 'x')).toBe(true);
  });
});
