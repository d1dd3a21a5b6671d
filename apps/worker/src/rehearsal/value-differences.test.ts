import type { Json } from '@ia-modules/engine';
import { expect, test } from 'vitest';
import { listDifferences, listUnstable } from './value-differences.ts';

test('numbers of equal value and other orders of keys are no difference', () => {
  expect(listDifferences({ a: 1, b: [1, { c: 0 }] }, { b: [1, { c: -0 }], a: 1.0 })).toEqual({ listed: [], count: 0 });
});

test('a place is named by a JSON pointer; keys of every object are none of a value', () => {
  const before = { 'a/b': { '~': 1 }, list: [1, 2], gone: null };
  const after = { 'a/b': { '~': 2 }, list: [1], constructor: 1 };
  expect(listDifferences(before, after).listed).toEqual([
    { path: '/a~1b/~0', kind: 'changed', before: 1, after: 2 },
    { path: '/list/1', kind: 'removed', before: 2 },
    { path: '/gone', kind: 'removed', before: null },
    { path: '/constructor', kind: 'added', after: 1 },
  ]);
  expect(listDifferences([], {}).listed).toEqual([{ path: '', kind: 'changed', before: [], after: {} }]);
});

test('all are counted, and the first are listed', () => {
  const found = listDifferences(
    Array.from({ length: 100_000 }, () => 1),
    [],
  );
  expect(found.count).toBe(100_000);
  expect(found.listed).toHaveLength(20);
});

test('what comes and goes makes the whole that it stands in unstable', () => {
  const byChance = listUnstable({ id: 1, tags: ['a'], name: 'n' }, { id: 2, tags: ['a', 'b'], name: 'n' });
  expect([...byChance]).toEqual(['/id', '/tags']);
  const found = listDifferences(
    { id: 1, tags: ['a'], name: 'n' },
    { id: 3, tags: [], name: 'm', identity: 1 },
    byChance,
  );
  expect(found.listed.map(({ path }) => path)).toEqual(['/name', '/identity']);
});

test('places below one that differs by chance are left out, whatever their keys look like', () => {
  const byChance = listUnstable({ 'a/b': { '~': [1] }, '': { x: 1 } }, { 'a/b': { '~': [2] }, '': { x: 2 } });
  expect([...byChance]).toEqual(['/a~1b/~0/0', '//x']);
  const before = { 'a/b': { '~': [{ deep: 1 }], kept: 1 }, '': { x: { deep: 1 } } };
  const after = { 'a/b': { '~': [{ deep: 2 }], kept: 2 }, '': { x: { deep: 2 } } };
  expect(listDifferences(before, after, byChance).listed.map(({ path }) => path)).toEqual(['/a~1b/kept']);
  expect(listDifferences(before, after, new Set([''])).count).toBe(0);
});

test('where most of a large value differs, the whole is unstable, and no list of places is made', () => {
  const once = Array.from({ length: 100_000 }, () => 1);
  expect([
    ...listUnstable(
      once,
      once.map(() => 2),
    ),
  ]).toEqual(['']);
});

test('values may be nested as deeply as they like', () => {
  const nested = (inner: string) => JSON.parse(`${'['.repeat(100_000)}${inner}${']'.repeat(100_000)}`) as Json;
  expect(listDifferences(nested('1'), nested('1'))).toEqual({ listed: [], count: 0 });
  expect(listDifferences(nested('1'), nested('2')).count).toBe(1);
});
