import { describe, expect, it } from 'vitest';
import { createScrub } from './scrub.ts';

describe('createScrub', () => {
  it('replaces secrets, the longest first, and host paths', () => {
    const scrub = createScrub(['hush', 'hush-hush', 'abc'], { '/var/plugins/x': '/plugin' });
    expect(scrub('hush-hush hush abc at /var/plugins/x/dist/plugin.js')).toBe('*** *** abc at /plugin/dist/plugin.js');
  });

  it('knows secrets within JSON and URLs', () => {
    const scrub = createScrub(['a"b/c d'], {});
    expect(scrub('{"key":"a\\"b/c d"} https://x.y/?q=a%22b%2Fc%20d')).toBe('{"key":"***"} https://x.y/?q=***');
  });

  it('knows secrets in the forms that are sent over wires', () => {
    const secret = 'tok-1234567890-abcdef';
    const scrub = createScrub([secret], {});
    const bytes = Buffer.from(secret);
    for (const form of [bytes.toString('base64'), bytes.toString('hex'), bytes.toString('hex').toUpperCase()]) {
      expect(scrub(`it is ${form}.`)).toContain('***');
      expect(scrub(`it is ${form}.`)).not.toContain(form.slice(0, 16));
    }
    expect(scrub(Buffer.from(`user:${secret}`).toString('base64'))).toContain('***');
  });

  it('replaces the larger part of a secret that was cut', () => {
    const scrub = createScrub(['abcdefgh-12345678'], {});
    expect([scrub('key abcdefgh-123'), scrub('45678 rest')]).toEqual(['key ***', '45678 rest']);
    expect([scrub('key abcde'), scrub('fgh-12345678 rest')]).toEqual(['key abcde', '*** rest']);
    expect(scrub('fgh-12345678')).toBe('***');
    expect(scrub('a word of abc')).toBe('a word of abc');
  });

  it('replaces what a terminal would obey', () => {
    const scrub = createScrub([], {});
    expect(scrub('\u001b[2Jred\u0007\r\u009b31m \u202eabc')).toBe('�[2Jred���31m �abc');
    expect(scrub('a\tb\nGrüße 👋')).toBe('a\tb\nGrüße 👋');
  });
});
