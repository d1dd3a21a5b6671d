import packageJson from '../package.json' with { type: 'json' };
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '@ia-modules/plugin-sdk';
import { createTestbed, type Testbed } from '@ia-modules/plugin-testbed';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plugin } from '../src/index.ts';

let folder: string;
let root: string;
let bed: Testbed;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ia-file-'));
  root = join(folder, 'tenant');
  await mkdir(root);
  await writeFile(join(folder, 'outside.txt'), 'hush');
  bed = createTestbed({ plugin, packageJson, filesRoot: root });
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const read = async (path: string) => readFile(join(root, path), 'utf8');

describe('file.write and file.read', () => {
  it.each<[string, Json]>([
    ['text', 'Grüße\n'],
    ['json', { a: [1, null] }],
    ['base64', Buffer.from([0, 255, 128]).toString('base64')],
  ])('give back %s', async (as, content) => {
    await bed.step('write', { path: 'new/folders/file', content, as });
    expect(await bed.step('read', { path: 'new/folders/file', as })).toMatchObject({ content });
  });

  it('carry bytes from step to step as a blob', async () => {
    await bed.step('write', { path: 'a', content: 'bytes' });
    const { content } = await bed.step('read', { path: 'a', as: 'blob', content_type: 'text/plain' });
    expect(content).toMatchObject({ sizeBytes: 5, contentType: 'text/plain' });
    await bed.step('write', { path: 'b', content: content ?? null, as: 'blob' });
    expect(await read('b')).toBe('bytes');
  });

  it('replace whole files, append, and create only what is not there', async () => {
    await bed.step('write', { path: 'a', content: 'one' });
    await bed.step('write', { path: 'a', content: 'two' });
    await bed.step('write', { path: 'a', content: '!', mode: 'append' });
    expect(await read('a')).toBe('two!');
    await expect(bed.step('write', { path: 'a', content: 'x', mode: 'create' })).rejects.toMatchObject({
      name: 'FileExistsError',
    });
    expect(await read('a')).toBe('two!');
    expect(await readdir(root)).toEqual(['a']);
  });

  it('tell how large a file is and its hash', async () => {
    await bed.step('write', { path: 'a', content: '' });
    expect(await bed.step('read', { path: 'a' })).toEqual({
      content: '',
      size_bytes: 0,
      sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    });
  });

  it('refuse more bytes than were allowed', async () => {
    await bed.step('write', { path: 'a', content: '12345' });
    await expect(bed.step('read', { path: 'a', max_bytes: 4 })).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
  });

  it('say what a file is not', async () => {
    await bed.step('write', { path: 'a', content: '/w==', as: 'base64' });
    await expect(bed.step('read', { path: 'a' })).rejects.toMatchObject({ name: 'FileContentError' });
    await bed.step('write', { path: 'a', content: '{' });
    await expect(bed.step('read', { path: 'a', as: 'json' })).rejects.toMatchObject({ name: 'FileContentError' });
    await expect(bed.step('read', { path: 'none' })).rejects.toMatchObject({ name: 'FileNotFoundError' });
    await expect(bed.step('write', { path: 'a', content: '%', as: 'base64' })).rejects.toMatchObject({
      code: 'IA_PLUGIN_INPUT',
    });
  });
});

describe('the folder of a tenant', () => {
  it.each(['../outside.txt', '/etc/hostname', 'a/../../outside.txt', 'a\0b'])('is not left by %j', async (path) => {
    await expect(bed.step('read', { path })).rejects.toMatchObject({ code: 'IA_PLUGIN_FILE_DENIED' });
    await expect(bed.step('write', { path, content: 'x' })).rejects.toMatchObject({ code: 'IA_PLUGIN_FILE_DENIED' });
    await expect(bed.step('delete', { path })).rejects.toMatchObject({ code: 'IA_PLUGIN_FILE_DENIED' });
    expect(await readFile(join(folder, 'outside.txt'), 'utf8')).toBe('hush');
  });

  it('is not left through links', async () => {
    await symlink(join(folder, 'outside.txt'), join(root, 'link'));
    await symlink(folder, join(root, 'up'));
    for (const path of ['link', 'up/outside.txt']) {
      await expect(bed.step('read', { path })).rejects.toMatchObject({ code: 'IA_PLUGIN_FILE_DENIED' });
      await expect(bed.step('write', { path, content: 'x' })).rejects.toMatchObject({ code: 'IA_PLUGIN_FILE_DENIED' });
    }
    await expect(bed.step('write', { path: 'up/new.txt', content: 'x' })).rejects.toMatchObject({
      code: 'IA_PLUGIN_FILE_DENIED',
    });
    expect(await readdir(folder)).toEqual(['outside.txt', 'tenant']);
    expect((await bed.step('list', {}))['files']).toEqual([]);
    expect(await readFile(join(folder, 'outside.txt'), 'utf8')).toBe('hush');
  });

  it('does not follow a link that dangles', async () => {
    await symlink(join(folder, 'not-yet'), join(root, 'link'));
    await expect(bed.step('write', { path: 'link', content: 'x', mode: 'append' })).rejects.toMatchObject({
      code: 'IA_PLUGIN_FILE_DENIED',
    });
    expect(await readdir(folder)).toEqual(['outside.txt', 'tenant']);
  });

  it('does not wait for a pipe', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    await expect(bed.step('read', { path: 'pipe' })).rejects.toMatchObject({ name: 'FileTypeError' });
    await expect(bed.step('read', { path: '.' })).rejects.toMatchObject({ code: 'IA_PLUGIN_FILE_DENIED' });
  });
});

describe('file.list', () => {
  beforeEach(async () => {
    for (const path of ['a.csv', 'b.txt', 'in/c.csv', 'in/deep/d.csv', 'x+y.csv']) {
      await bed.step('write', { path, content: 'x' });
    }
  });

  it.each<[Record<string, Json>, readonly string[]]>([
    [{}, ['a.csv', 'b.txt', 'in/c.csv', 'in/deep/d.csv', 'x+y.csv']],
    [{ pattern: '*.csv' }, ['a.csv', 'x+y.csv']],
    [{ pattern: '**/*.csv' }, ['a.csv', 'in/c.csv', 'in/deep/d.csv', 'x+y.csv']],
    [{ pattern: 'x+?.csv' }, ['x+y.csv']],
    [{ folder: 'in', pattern: '*.csv' }, ['in/c.csv']],
    [{ folder: 'nowhere' }, []],
  ])('finds with %j', async (input, paths) => {
    const { files, has_more } = await bed.step('list', input);
    expect((files as { path: string }[]).map(({ path }) => path).toSorted()).toEqual(paths);
    expect(has_more).toBe(false);
  });

  it('stops at a bound and says so', async () => {
    const { files, has_more } = await bed.step('list', { max: 2 });
    expect(files).toHaveLength(2);
    expect(has_more).toBe(true);
  });

  it('does not leave the folder', async () => {
    await expect(bed.step('list', { folder: '..' })).rejects.toMatchObject({ code: 'IA_PLUGIN_FILE_DENIED' });
  });
});

describe('file.move, file.delete and file.info', () => {
  it('move without replacing, unless it is asked for', async () => {
    await bed.step('write', { path: 'a', content: 'A' });
    await bed.step('write', { path: 'b', content: 'B' });
    await expect(bed.step('move', { from: 'a', to: 'b' })).rejects.toMatchObject({ name: 'FileExistsError' });
    await bed.step('move', { from: 'a', to: 'b', overwrite: true });
    expect(await read('b')).toBe('A');
    await bed.step('move', { from: 'b', to: 'deep/c' });
    expect(await read('deep/c')).toBe('A');
    await expect(bed.step('move', { from: 'b', to: 'c' })).rejects.toMatchObject({ name: 'FileNotFoundError' });
    await expect(bed.step('move', { from: 'deep', to: 'd' })).rejects.toMatchObject({ name: 'FileTypeError' });
  });

  it('delete files alone', async () => {
    await bed.step('write', { path: 'in/a', content: 'A' });
    expect(await bed.step('delete', { path: 'in/a' })).toEqual({ deleted: true });
    expect(await bed.step('delete', { path: 'in/a' })).toEqual({ deleted: false });
    await expect(bed.step('delete', { path: 'in/a', missing_ok: false })).rejects.toMatchObject({
      name: 'FileNotFoundError',
    });
    await expect(bed.step('delete', { path: 'in' })).rejects.toMatchObject({ name: 'FileTypeError' });
  });

  it('tell what is there', async () => {
    await bed.step('write', { path: 'in/a', content: 'abc' });
    expect(await bed.step('info', { path: 'in/a' })).toMatchObject({ exists: true, type: 'file', size_bytes: 3 });
    expect(await bed.step('info', { path: 'in' })).toMatchObject({ exists: true, type: 'folder' });
    expect(await bed.step('info', { path: 'none' })).toMatchObject({ exists: false, type: null });
  });
});

describe('conditions', () => {
  it('file.exists looks for a file or a folder', async () => {
    await bed.step('write', { path: 'in/a', content: 'abc' });
    expect(await bed.condition('exists', { path: 'in/a' })).toBe(true);
    expect(await bed.condition('exists', { path: 'in' })).toBe(false);
    expect(await bed.condition('exists', { path: 'in', type: 'folder' })).toBe(true);
    expect(await bed.condition('exists', { path: 'none', type: 'any' })).toBe(false);
  });

  it('file.matches compares size and age', async () => {
    await bed.step('write', { path: 'a', content: 'abc' });
    const hourAgo = new Date(Date.now() - 3_600_000);
    await utimes(join(root, 'a'), hourAgo, hourAgo);
    const matches = (bounds: Record<string, Json>) => bed.condition('matches', { path: 'a', ...bounds });
    expect(await matches({ min_size_bytes: 3, max_size_bytes: 3 })).toBe(true);
    expect(await matches({ min_size_bytes: 4 })).toBe(false);
    expect(await matches({ min_age_ms: 3_000_000, max_age_ms: 4_000_000 })).toBe(true);
    expect(await matches({ max_age_ms: 60_000 })).toBe(false);
    expect(await bed.condition('matches', { path: 'none' })).toBe(false);
  });
});
