import { expect, it } from 'vitest';
import { readRetryAfter } from './retry-after.ts';

const NOW = Date.parse('2026-05-04T12:00:00Z');

it.each<[string, number | undefined]>([
  ['0', 0],
  ['3', 3_000],
  [' 1.5 ', 1_500],
  ['Mon, 04 May 2026 12:00:10 GMT', 10_000],
  ['Mon, 04 May 2026 11:00:00 GMT', 0],
  ['soon', undefined],
  ['', undefined],
])('reads "%s" as %s', (text, waitMs) => {
  expect(readRetryAfter(new Headers({ 'retry-after': text }), NOW)).toBe(waitMs);
});

it('is undefined when the header is not there', () => {
  expect(readRetryAfter(new Headers(), NOW)).toBeUndefined();
});
