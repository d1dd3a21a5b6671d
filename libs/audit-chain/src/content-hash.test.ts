import { expect, test } from 'vitest';
import { contentHash } from './content-hash.ts';

test('the order of keys does not count, at any depth', () => {
  expect(contentHash({ a: 1, b: [{ c: null, d: 'x' }] })).toBe(contentHash({ b: [{ d: 'x', c: null }], a: 1 }));
});

test('a key without a value is no key', () => {
  expect(contentHash({ a: 1, b: undefined })).toBe(contentHash({ a: 1 }));
});

test.each([
  [{ a: 1 }, { a: '1' }],
  [
    ['a', 'b'],
    ['b', 'a'],
  ],
  [{ a: { b: 1 } }, { a: 1, b: 1 }],
  [null, {}],
])('%j and %j differ', (one, other) => {
  expect(contentHash(one)).not.toBe(contentHash(other));
});
