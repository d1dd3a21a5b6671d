import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFolderBlobStore } from '../src/folder-blob-store.ts';
import { testBlobStore } from './blob-store.testsuite.ts';

let folder: string;
beforeAll(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'blobs-')), 'deep', 'store');
});
afterAll(() => rm(path.dirname(path.dirname(folder)), { recursive: true }));

testBlobStore(() => ({
  store: createFolderBlobStore({ folder }),
  write: (key, bytes) => writeFile(path.join(folder, key), bytes),
}));

test('only the owner reads what is stored, and nothing unfinished stays', async () => {
  await createFolderBlobStore({ folder }).put('tenant/run/value', new Uint8Array(10));
  const modeOf = async (name: string): Promise<number> => (await stat(path.join(folder, name))).mode & 0o777;
  expect(await modeOf('.')).toBe(0o700);
  expect(await modeOf('tenant/run')).toBe(0o700);
  expect(await modeOf('tenant/run/value')).toBe(0o600);
  expect(await readdir(path.join(folder, '.unfinished'))).toEqual([]);
});

test('what a crashed process left unfinished goes, what another one is writing stays', async () => {
  const unfinished = path.join(folder, '.unfinished');
  await mkdir(unfinished, { recursive: true });
  await writeFile(path.join(unfinished, 'abandoned'), 'half');
  await writeFile(path.join(unfinished, 'current'), 'half');
  const before = new Date(Date.now() - 2 * 60 * 60 * 1_000);
  await utimes(path.join(unfinished, 'abandoned'), before, before);
  await createFolderBlobStore({ folder }).put('tenant/run/next', new Uint8Array(1));
  expect(await readdir(unfinished)).toEqual(['current']);
  await rm(path.join(unfinished, 'current'));
});

test('a folder that is none says so, and what to do', async () => {
  const file = path.join(folder, 'file');
  await mkdir(folder, { recursive: true });
  await writeFile(file, '');
  const store = createFolderBlobStore({ folder: file });
  const failure = { code: 'IA_BLOB_UNAVAILABLE', fault: 'infra', disposition: 'retry' };
  await expect(store.put('a', new Uint8Array(1))).rejects.toMatchObject(failure);
});
