import { describe, expect, it } from 'vitest';
import { nextPath, signInPath } from './next-path.ts';

describe('nextPath', () => {
  it('keeps a path of the portal with its parameters', () => {
    expect(nextPath('/device?user_code=ABCD#top')).toBe('/device?user_code=ABCD#top');
  });

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/.//evil.example',
    String.raw`/\evil.example`,
    '/\n/evil.example',
    'http://portal.invalid//evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '',
    null,
    undefined,
  ])('goes home for %j', (wanted) => {
    expect(nextPath(wanted)).toBe('/');
  });
});

it('signInPath escapes what follows', () => {
  expect(signInPath('/device?user_code=A&b=1')).toBe('/sign-in?next=%2Fdevice%3Fuser_code%3DA%26b%3D1');
});
