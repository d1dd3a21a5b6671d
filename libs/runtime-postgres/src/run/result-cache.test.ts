import { expect, test } from 'vitest';
import { createResultCache } from './result-cache.ts';

test('a result is given again as it was, whatever became of it since', () => {
  const cache = createResultCache();
  const output = { rows: [1, null, 'x'] };
  cache.write('key', output, 60_000);
  output.rows.push(2);
  expect(cache.read('key')).toEqual({ rows: [1, null, 'x'] });
  expect(cache.read('other')).toBeUndefined();
});

test('no result at all is a result as well', () => {
  const cache = createResultCache();
  cache.write('key', null, 60_000);
  expect(cache.read('key')).toBeNull();
});

test('what takes too much space is not kept', () => {
  const cache = createResultCache();
  cache.write('key', 'x'.repeat(2 * 1_024 * 1_024), 60_000);
  expect(cache.read('key')).toBeUndefined();
});
