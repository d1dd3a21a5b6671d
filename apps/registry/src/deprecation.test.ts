import { describe, expect, it } from 'vitest';
import { readDeprecations } from './deprecation.ts';
import type { StoredPackage } from './package-store.ts';

const STORED: StoredPackage = {
  versions: {
    '1.0.0': { dist: { integrity: 'sha512-a' } },
    '1.1.0': { dist: { integrity: 'sha512-b' }, deprecated: 'old' },
  },
  'dist-tags': { latest: '1.1.0' },
};

describe('readDeprecations', () => {
  it('returns the notices that change, an empty one to clear', () => {
    const body = {
      versions: {
        '1.0.0': { dist: { integrity: 'sha512-a' }, deprecated: 'use 2' },
        '1.1.0': { dist: { integrity: 'sha512-b' }, deprecated: '' },
      },
    };
    expect(readDeprecations(STORED, body)).toEqual({
      ok: true,
      value: new Map([
        ['1.0.0', 'use 2'],
        ['1.1.0', ''],
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

  it('refuses a body that is none', () => {
    expect(readDeprecations(STORED, { users: { eve: true } })).toMatchObject({ ok: false });
  });
});
