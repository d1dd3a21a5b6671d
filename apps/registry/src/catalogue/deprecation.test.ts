import { describe, expect, it } from 'vitest';
import { readDeprecations } from './deprecation.ts';
import type { PackageDocument } from '../storage/package-document.ts';

const STORED: PackageDocument = {
  name: '@community/tool',
  versions: {
    '1.0.0': { dist: { integrity: 'sha512-a' } },
    '1.1.0': { dist: { integrity: 'sha512-b' }, deprecated: 'old' },
  },
  'dist-tags': { latest: '1.1.0' },
  time: {},
};

describe('readDeprecations', () => {
  it('returns the notices that change, null to clear', () => {
    const body = {
      versions: {
        '1.0.0': { dist: { integrity: 'sha512-a' }, deprecated: 'use 2' },
        '1.1.0': { dist: { integrity: 'sha512-b' }, deprecated: '' },
      },
    };
    expect(readDeprecations(STORED, body)).toEqual({
      ok: true,
      value: new Map([
        ['1.0.0', { message: 'use 2', replacement: null }],
        ['1.1.0', null],
      ]),
    });
    expect(readDeprecations(STORED, { versions: STORED.versions })).toEqual({ ok: true, value: new Map() });
  });

  it.each([
    ['a dropped version', { '1.0.0': { dist: { integrity: 'sha512-a' } } }],
    ['a changed version', { ...STORED.versions, '1.0.0': { dist: { integrity: 'sha512-x' } } }],
    ['an added version', { ...STORED.versions, '2.0.0': { dist: { integrity: 'sha512-c' } } }],
  ])('refuses %s', (_name, versions) => {
    expect(readDeprecations(STORED, { versions })).toMatchObject({
      ok: false,
      problems: [{ code: 'IA_REGISTRY_IMMUTABLE' }],
    });
  });

  it('leaves advisories aside, which the platform adds, and reads a replacement', () => {
    const served = structuredClone(STORED);
    const warned = served.versions['1.1.0'];
    if (warned !== undefined) warned.deprecated = 'advisory (high): Leaks | old';
    expect(readDeprecations(served, { versions: STORED.versions })).toEqual({ ok: true, value: new Map() });
    expect(readDeprecations(STORED, { versions: served.versions })).toEqual({ ok: true, value: new Map() });
    const body = structuredClone(served);
    const first = body.versions['1.0.0'];
    if (first !== undefined) first.deprecated = 'Gone. Use @community/new@^2 instead.';
    expect(readDeprecations(served, body)).toEqual({
      ok: true,
      value: new Map([['1.0.0', { message: 'Gone.', replacement: '@community/new@^2' }]]),
    });
  });

  it('refuses a notice that is too long', () => {
    const versions = { ...STORED.versions, '1.0.0': { dist: { integrity: 'sha512-a' }, deprecated: 'x'.repeat(1025) } };
    expect(readDeprecations(STORED, { versions })).toMatchObject({ problems: [{ code: 'IA_REGISTRY_REQUEST' }] });
  });

  it('refuses a body that is none', () => {
    expect(readDeprecations(STORED, { users: { eve: true } })).toMatchObject({ ok: false });
  });
});
