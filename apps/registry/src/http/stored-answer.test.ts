import { expect, it } from 'vitest';
import { isFresh } from './stored-answer.ts';

it.each<readonly [string, Readonly<Record<string, string>>, boolean]>([
  ['the same tag', { 'if-none-match': '"a"' }, true],
  ['a weak one', { 'if-none-match': 'W/"a"' }, true],
  ['one of several', { 'if-none-match': '"b", "a"' }, true],
  ['any', { 'if-none-match': '*' }, true],
  ['another one', { 'if-none-match': '"b"' }, false],
  ['none', {}, false],
  ['a client that wants it anew', { 'if-none-match': '"a"', 'cache-control': 'max-age=0, no-cache' }, false],
  ['a client that asks whether it changed', { 'if-none-match': '"a"', 'cache-control': 'max-age=0' }, true],
])('an answer is known to who sends %s: %j → %s', (_name, headers, isKnown) => {
  expect(isFresh(headers, '"a"')).toBe(isKnown);
  expect(isFresh(headers, undefined)).toBe(false);
});
