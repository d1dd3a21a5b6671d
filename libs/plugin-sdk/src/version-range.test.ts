import fc from 'fast-check';
import semver from 'semver';
import { describe, expect, it } from 'vitest';
import { isVersion, isVersionRange } from './version-range.ts';

describe('isVersionRange', () => {
  it.each(['1.2.3', '^1.2.0', '~1.2', '1.x', '*', '>=1 <3', '1.0.0 - 2.0.0', '^1 || ^2', '>=1.0.0-beta.1', '=2.0.0'])(
    'takes %s',
    (range) => {
      expect(isVersionRange(range)).toBe(true);
    },
  );

  it.each([
    '',
    ' ',
    'latest',
    'workspace:*',
    'file:../x',
    '>',
    '1.2.3.4',
    '01.2.3',
    '^1 |',
    'git+ssh://x',
    `1.2.${'3'.repeat(99)}`,
  ])('refuses %j', (range) => {
    expect(isVersionRange(range)).toBe(false);
  });

  it('takes nothing that npm would not read', () => {
    const pieces = fc.constantFrom(
      '1',
      '0',
      '.',
      'x',
      '*',
      '^',
      '~',
      '>=',
      '<',
      ' ',
      ' - ',
      '||',
      '-',
      'a',
      '2.0.0',
      '1.2.3-b.1',
      '+c',
    );
    const isKept = (parts: string[]): boolean => {
      const text = parts.join('');
      return !isVersionRange(text) || semver.validRange(text) !== null;
    };
    const found = fc.check(fc.property(fc.array(pieces, { maxLength: 8 }), isKept), { numRuns: 2_000 });
    expect(found.counterexample).toBeNull();
  });
});

describe('isVersion', () => {
  it.each(['0.0.0', '1.2.3', '1.0.0-beta.1', '1.0.0+build.5'])('takes %s', (version) => {
    expect(isVersion(version)).toBe(true);
    expect(semver.valid(version)).not.toBeNull();
  });

  it.each(['1', '1.2', 'v1.2.3', '1.2.3-01', '1.2.3-', '01.2.3', '^1.2.3'])('refuses %s', (version) => {
    expect(isVersion(version)).toBe(false);
  });
});
