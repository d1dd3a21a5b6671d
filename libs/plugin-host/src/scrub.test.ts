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

  it('replaces what a terminal would obey', () => {
    const scrub = createScrub([], {});
    expect(scrub('\u001b[2Jred\u0007\r\u009b31m \u202eabc')).toBe('�[2Jred���31m �abc');
    expect(scrub('a\tb\nGrüße 👋')).toBe('a\tb\nGrüße 👋');
  });
});
