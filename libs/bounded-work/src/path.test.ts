import { expect, it } from 'vitest';
import { parsePath, pathText, readPath, selectPaths } from './path.ts';

const order = { 'a key': { x: 1 }, lines: [{ sku: 'a' }, { sku: 'b', tags: ['new'] }], city: 'Graz' };

it.each([
  ['city', 'Graz'],
  ['$.lines[1].sku', 'b'],
  ['lines[1].tags[0]', 'new'],
  ['["a key"].x', 1],
  ["$['a key']['x']", 1],
  ['$', order],
  ['', order],
  ['lines[7].sku', undefined],
  ['city.length', undefined],
])('reads %s', (path, value) => {
  expect(readPath(order, parsePath(path))).toEqual(value);
});

it('finds every place that a pattern leads to, also where the last key is missing', () => {
  const found = [...selectPaths(order, parsePath('lines[*].tags'))];
  expect(found.map(({ path }) => pathText(path))).toEqual(['$.lines[0].tags', '$.lines[1].tags']);
  expect(found.map(({ value }) => value)).toEqual([undefined, ['new']]);
  expect([...selectPaths(order, parsePath("['a key'].*"))].map(({ path }) => pathText(path))).toEqual(["$['a key'].x"]);
});

it('writes keys that are no names in quotes', () => {
  expect(pathText(['rows', 3, "it's \\ a key"])).toBe("$.rows[3]['it\\'s \\\\ a key']");
});

it.each(['__proto__.x', 'a.constructor', 'a..b', 'a[', 'a[-1]', 'a'.repeat(501), 'a.'.repeat(60)])(
  'refuses %s',
  (path) => {
    expect(() => parsePath(path)).toThrow('is no path');
  },
);
