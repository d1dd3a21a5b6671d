import { describe, expect, it } from 'vitest';
import { createAnswerCache } from './answer-cache.ts';

const answer = (text: string) => ({ headers: { etag: `"${text}"` }, body: Buffer.from(text) });

describe('the cache of answers', () => {
  it('gives what was held for the same revision alone', () => {
    const cache = createAnswerCache();
    cache.hold('a', '1', answer('one'));
    expect(cache.find('a', '1')).toEqual(answer('one'));
    expect(cache.find('b', '1')).toBeUndefined();
    expect(cache.find('a', '2')).toBeUndefined();
    expect(cache.find('a', '1')).toBeUndefined();
  });

  it('drops what was asked for longest ago when it is full', () => {
    const cache = createAnswerCache(2 * 2_000);
    for (const key of ['a', 'b']) cache.hold(key, '1', answer('x'.repeat(900)));
    cache.find('a', '1');
    cache.hold('c', '1', answer('x'.repeat(900)));
    expect(['a', 'b', 'c'].map((key) => cache.find(key, '1') !== undefined)).toEqual([true, false, true]);
  });

  it('does not hold what is larger than all of it', () => {
    const cache = createAnswerCache(4_000);
    cache.hold('a', '1', answer('small'));
    cache.hold('b', '1', answer('x'.repeat(4_001)));
    expect(cache.find('b', '1')).toBeUndefined();
    expect(cache.find('a', '1')).toBeDefined();
  });
});
