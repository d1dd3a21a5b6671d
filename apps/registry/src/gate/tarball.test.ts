import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { TARBALL_LIMITS } from '../limits.ts';
import { inspectTarball } from './tarball.ts';
import { type TarballEntry, buildArchive, buildTarball } from '../testing/build-tarball.ts';

const PACKAGE_JSON: TarballEntry = {
  path: 'package/package.json',
  content: JSON.stringify({ name: '@acme/tool', version: '1.0.0' }),
};

async function problemsOf(packed: Uint8Array, limits = TARBALL_LIMITS): Promise<string> {
  const result = await inspectTarball(packed, limits);
  return result.ok ? 'accepted' : result.problems.map((found) => found.message).join('\n');
}

function withPackageJson(...entries: readonly TarballEntry[]): Buffer {
  return buildTarball([PACKAGE_JSON, ...entries]);
}

describe('inspectTarball', () => {
  it('reads package.json, readme, files, sizes and hashes from the bytes', async () => {
    const packed = withPackageJson(
      { path: 'package/', type: 'Directory' },
      { path: 'package/README.md', content: '# Tool' },
      { path: 'package/dist/plugin.js', content: 'export {};' },
    );
    const result = await inspectTarball(packed);
    expect(result).toMatchObject({
      ok: true,
      value: {
        packageJson: { name: '@acme/tool', version: '1.0.0' },
        readme: '# Tool',
        integrity: expect.stringMatching(/^sha512-[A-Za-z0-9+/]{86}==$/),
        shasum: expect.stringMatching(/^[0-9a-f]{40}$/),
        packedBytes: packed.length,
        files: new Set(['package.json', 'README.md', 'dist/plugin.js']),
      },
    });
  });

  it.each<[string, TarballEntry, RegExp]>([
    ['a parent path', { path: 'package/../../etc/passwd', content: 'x' }, /unsafe path/],
    ['an absolute path', { path: '/etc/passwd', content: 'x' }, /unsafe path/],
    ['another root', { path: 'other/index.js', content: 'x' }, /unsafe path/],
    ['a backslash', { path: 'package/..\\..\\evil.js', content: 'x' }, /unsafe path/],
    ['a dot segment', { path: 'package/./index.js', content: 'x' }, /unsafe path/],
    ['an empty segment', { path: 'package//index.js', content: 'x' }, /unsafe path/],
    ['a control character', { path: 'package/a\u001bb.js', content: 'x' }, /unsafe path/],
    ['a parent directory entry', { path: 'package/../', type: 'Directory' }, /unsafe path/],
    ['a symbolic link', { path: 'package/link', type: 'SymbolicLink', linkpath: '/etc' }, /SymbolicLink/],
    ['a hard link', { path: 'package/link', type: 'Link', linkpath: 'package/package.json' }, /Link/],
    ['a device', { path: 'package/null', type: 'CharacterDevice' }, /CharacterDevice/],
    ['a fifo', { path: 'package/pipe', type: 'FIFO' }, /FIFO/],
    ['a second package.json', PACKAGE_JSON, /two files/],
    ['a package.json in other case', { path: 'package/PACKAGE.JSON', content: '{}' }, /two files/],
    ['a very long path', { path: 'package/a', paxPath: `package/${'a/'.repeat(150)}b`, content: 'x' }, /path longer/],
    [
      'a file name that no file system takes',
      { path: 'package/a', paxPath: `package/${'語'.repeat(100)}` },
      /255 bytes/,
    ],
    ['a folder where a file is', { path: 'package/package.json/a', content: 'x' }, /a file where it has a folder/],
    ['a folder where a file is, in other case', { path: 'package/PACKAGE.json/a', content: 'x' }, /a file where/],
    ['a parent path in a pax header', { path: 'package/a', paxPath: 'package/../../b', content: 'x' }, /unsafe path/],
  ])('refuses %s', async (_name, entry, expected) => {
    expect(await problemsOf(withPackageJson(entry))).toMatch(expected);
  });

  it('refuses a file in the place of a folder that came before', async () => {
    const folder: TarballEntry = { path: 'package/lib/', type: 'Directory' };
    expect(await problemsOf(withPackageJson(folder, { path: 'package/lib', content: 'x' }))).toMatch(/a file where/);
    expect(await problemsOf(withPackageJson(folder, { path: 'package/lib/a.js', content: 'x' }))).toBe('accepted');
  });

  it('refuses bytes that are no gzip file, a gzip file without an archive, and a gzip file within a gzip file', async () => {
    expect(await problemsOf(Buffer.from('hello'))).toMatch(/not a gzip file/);
    expect(await problemsOf(gzipSync('hello'))).toMatch(/not contain a tar archive/);
    expect(await problemsOf(gzipSync(withPackageJson()))).toMatch(/not contain a tar archive/);
  });

  it('refuses a damaged header and a cut archive', async () => {
    const damaged = buildArchive([PACKAGE_JSON, { path: 'package/index.js', content: 'x' }]);
    damaged[1024 + 150] = 0x39;
    expect(await problemsOf(gzipSync(damaged))).toMatch(/damaged/);
    const whole = buildArchive([PACKAGE_JSON, { path: 'package/index.js', content: 'x'.repeat(2000) }]);
    expect(await problemsOf(gzipSync(whole.subarray(0, 2048)))).toMatch(/damaged/);
  });

  it('refuses what unpacks to too much, before unpacking it', async () => {
    const bomb = gzipSync(Buffer.alloc(TARBALL_LIMITS.unpackedBytes + 1));
    expect(bomb.length).toBeLessThan(200_000);
    expect(await problemsOf(bomb)).toMatch(/unpacks to more than/);
    expect(await problemsOf(withPackageJson(), { ...TARBALL_LIMITS, packedBytes: 10 })).toMatch(/larger than 10 bytes/);
  });

  it('refuses too many files', async () => {
    const many = Array.from({ length: 6 }, (_, index) => ({ path: `package/${index}.js`, content: 'x' }));
    expect(await problemsOf(withPackageJson(...many), { ...TARBALL_LIMITS, files: 5 })).toMatch(/more than 5 files/);
  });

  it('lists every problem, not only the first', async () => {
    const found = await problemsOf(
      withPackageJson({ path: '/abs', content: 'x' }, { path: 'package/link', type: 'SymbolicLink', linkpath: '/' }),
    );
    expect(found).toMatch(/unsafe path/);
    expect(found).toMatch(/SymbolicLink/);
  });

  it.each([
    ['no package.json', [{ path: 'package/index.js', content: 'x' }], /no package\/package.json/],
    ['broken JSON', [{ path: 'package/package.json', content: '{' }], /can't be read/],
    ['an array', [{ path: 'package/package.json', content: '[]' }], /not an object/],
    ['a prototype key', [{ path: 'package/package.json', content: '{"a":{"__proto__":{}}}' }], /__proto__/],
    ['deep nesting', [{ path: 'package/package.json', content: `{"a":${'['.repeat(70)}${']'.repeat(70)}}` }], /nested/],
    ['a huge package.json', [{ path: 'package/package.json', content: ' '.repeat(300_000) }], /package.json larger/],
  ])('refuses %s', async (_name, entries, expected) => {
    expect(await problemsOf(buildTarball(entries))).toMatch(expected);
  });
});
