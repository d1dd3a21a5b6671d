import { expect, test } from 'vitest';
import { findLockfileProblems } from './lockfile.ts';

const integrity = 'sha512-x';

test('a lockfile whose packages are all locked has no problem', () => {
  expect(
    findLockfileProblems({
      packages: {
        '': { optionalDependencies: { a: '1.0.0' } },
        'node_modules/a': { version: '1.0.0', integrity },
        'libs/own': { version: '0.1.0' },
        'node_modules/own': { link: true },
      },
    }),
  ).toEqual([]);
});

test('an optional dependency that is missing or of another version is found', () => {
  expect(
    findLockfileProblems({
      packages: {
        'node_modules/next': { version: '1.0.0', integrity, optionalDependencies: { swc: '1.0.0', gone: '2.0.0' } },
        'node_modules/swc': { version: '0.9.0', integrity },
      },
    }),
  ).toEqual([
    'node_modules/next wants swc@1.0.0, locked is 0.9.0',
    'node_modules/next wants gone@2.0.0, which is not locked',
  ]);
});

test('a nested copy is found before the hoisted one', () => {
  expect(
    findLockfileProblems({
      packages: {
        'node_modules/a': { version: '1.0.0', integrity, optionalDependencies: { b: '2.0.0' } },
        'node_modules/a/node_modules/b': { version: '2.0.0', integrity },
        'node_modules/b': { version: '1.0.0', integrity },
      },
    }),
  ).toEqual([]);
});

test('a package without an integrity is found', () => {
  expect(findLockfileProblems({ packages: { 'node_modules/a': { version: '1.0.0' } } })).toEqual([
    'node_modules/a has no integrity',
  ]);
});
