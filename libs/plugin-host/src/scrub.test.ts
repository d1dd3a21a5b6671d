import { describe, expect, it } from 'vitest';
import { createScrub } from './scrub.ts';

describe('createScrub', () => {
  it('replaces secrets, the longest first, and host paths', () => {
    const scrub = createScrub(['hush', 'hush-hush', 'abc'], { '/var/plugins/x': '/plugin' });
    expect(scrub('hush-hush hush abc at /var/plugins/x/dist/plugin.js')).toBe('*** *** abc at /plugin/dist/plugin.js');
  });
});
