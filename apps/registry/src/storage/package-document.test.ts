import { expect, test } from 'vitest';
import { type PackageDocument, parsePackageDocument, withDeprecations, withTags } from './package-document.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const document = parsePackageDocument(
  '@community/tool',
  bytes(
    JSON.stringify({
      name: '@community/tool',
      readme: '# Tool',
      _rev: '3-abc',
      versions: {
        '1.0.0': { dist: { integrity: 'sha512-a' }, main: 'x.js' },
        '1.1.0': { dist: { integrity: 'sha512-b' } },
      },
      'dist-tags': { latest: '1.1.0', beta: '1.0.0' },
    }),
  ),
) as PackageDocument;

test('keeps what it does not know', () => {
  const changed = withTags(document, { latest: '1.0.0', beta: null });
  expect(changed).toMatchObject({ readme: '# Tool', 'dist-tags': { latest: '1.0.0' }, versions: document.versions });
  expect(changed?.['dist-tags']).not.toHaveProperty('beta');
  expect(changed?.['_rev']).toMatch(/^4-/);
});

test('sets and clears notices', () => {
  const noticed = withDeprecations(
    document,
    new Map([
      ['1.0.0', 'old'],
      ['9.9.9', 'not there'],
    ]),
  );
  expect(noticed?.versions['1.0.0']).toMatchObject({ deprecated: 'old', main: 'x.js' });
  expect(noticed?.versions).not.toHaveProperty('9.9.9');
  const cleared = noticed && withDeprecations(noticed, new Map([['1.0.0', '']]));
  expect(cleared?.versions['1.0.0']).not.toHaveProperty('deprecated');
});

test('writes nothing where nothing changes', () => {
  expect(withTags(document, { latest: '1.1.0', gamma: null })).toBeNull();
  expect(withDeprecations(document, new Map([['1.0.0', '']]))).toBeNull();
});

test('takes an empty document for none, and names a damaged one', () => {
  expect(parsePackageDocument('@community/tool', bytes(''))).toBeNull();
  for (const text of ['{"name":"@community/tool","vers', '[]', '{"name":"@community/tool"}']) {
    expect(() => parsePackageDocument('@community/tool', bytes(text))).toThrow(
      expect.objectContaining({ code: 'IA_BLOB_CORRUPT', message: expect.stringContaining('@community/tool') }),
    );
  }
});

test('lets no author make it grow without end', () => {
  const tags = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, '1.0.0']));
  expect(withTags(document, tags(99))?.['dist-tags']).toHaveProperty('t98', '1.0.0');
  expect(() => withTags(document, tags(100))).toThrow('A package has at most 100 tags.');
  const large = {
    ...document,
    versions: { '1.0.0': { dist: { integrity: 'sha512-a' }, note: 'x'.repeat(13_000_000) } },
  };
  expect(() => withTags(large, { gamma: '1.0.0' })).toThrow(expect.objectContaining({ code: 'IA_REGISTRY_PACKAGE' }));
  expect(withTags(large, { beta: null })).not.toBeNull();
});
