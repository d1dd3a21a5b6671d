import { expect, it } from 'vitest';
import { plainText } from './plain-text.ts';

const LINE = { name: 'title', maxLength: 10 };

it('takes what people write', () => {
  expect(plainText('  Größe 👍 ', LINE)).toBe('Größe 👍');
  expect(plainText('a\r\nb\n\tc', { ...LINE, hasLines: true })).toBe('a\nb\n\tc');
  expect(plainText(' ', { ...LINE, mayBeEmpty: true })).toBe('');
});

it.each(['', '   ', 'a'.repeat(11), 'a\u0000b', 'a\u001B[31m', 'a\nb', 'a\u202Eb', 'a\u2066b', 'a\u2028b', '\uD800'])(
  'refuses %j in one line',
  (text) => {
    expect(() => plainText(text, LINE)).toThrow(expect.objectContaining({ code: 'IA_API_INVALID' }));
  },
);

it.each(['a\u0007', 'a\u009Bb', 'a\u202Eb'])('refuses %j in several', (text) => {
  expect(() => plainText(text, { ...LINE, hasLines: true })).toThrow('plain text');
});
