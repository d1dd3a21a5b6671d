import { describe, expect, it } from 'vitest';
import { parseSearchQuery } from './search.ts';

describe('parseSearchQuery', () => {
  it.each([
    ['/-/v1/search', { words: [], size: 20, from: 0 }],
    ['/-/v1/search?text=count%20words&size=5&from=10', { words: ['count', 'words'], size: 5, from: 10 }],
    ['/-/v1/search?size=1e9&from=99999999', { words: [], size: 250, from: 10_000 }],
    ['/-/v1/search?size=-1&from=x', { words: [], size: 20, from: 0 }],
    [`/-/v1/search?text=${'a%20'.repeat(50)}`, { words: Array.from({ length: 10 }, () => 'a'), size: 20, from: 0 }],
  ])('%s', (url, expected) => {
    expect(parseSearchQuery(url)).toEqual(expected);
  });
});
