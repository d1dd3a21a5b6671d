import { describe, expect, it } from 'vitest';
import { formatNotice, parseNotice, withAdvisories, withoutAdvisories } from './notice.ts';

describe('a notice', () => {
  it.each([
    [{ message: 'Old.', replacement: null }, 'Old.'],
    [{ message: 'Old.', replacement: '@community/new' }, 'Old. Use @community/new instead.'],
    [{ message: 'Old.\nVery.', replacement: '@community/new@^2' }, 'Old.\nVery. Use @community/new@^2 instead.'],
    [null, ''],
  ])('of %j reads %j, and back', (notice, text) => {
    expect(formatNotice(notice)).toBe(text);
    expect(parseNotice(text)).toEqual(notice);
  });

  it('needs no message beside a replacement', () => {
    const notice = { message: 'This version is deprecated.', replacement: '@community/new' };
    expect(parseNotice('Use @community/new instead.')).toEqual(notice);
    expect(formatNotice({ message: '', replacement: '@community/new' })).toBe(formatNotice(notice));
  });

  it.each(['Use 2.x instead.', 'Use @nothing instead.', 'Use @a/b c instead.', 'x Use @A/B instead.'])(
    'takes %j as plain words',
    (text) => {
      expect(parseNotice(text)).toEqual({ message: text, replacement: null });
    },
  );
});

describe('advisories', () => {
  const advisories = [
    { severity: 'high', title: 'Leaks | memory' },
    { severity: 'low', title: 'Slow' },
  ];

  it('stand before what the owner says', () => {
    expect(withAdvisories('Old.', advisories)).toBe('advisory (high): Leaks / memory | advisory (low): Slow | Old.');
    expect(withAdvisories('', advisories.slice(1))).toBe('advisory (low): Slow');
    expect(withAdvisories('Old.', [])).toBe('Old.');
  });

  it('are not taken for the words of the owner', () => {
    expect(withoutAdvisories(withAdvisories('Old. | Very.', advisories))).toBe('Old. | Very.');
    expect(withoutAdvisories(withAdvisories('', advisories))).toBe('');
    expect(parseNotice(withAdvisories('', advisories))).toBeNull();
  });
});
