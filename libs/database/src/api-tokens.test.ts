import { expect, test } from 'vitest';
import { hashApiToken, isApiToken, mintApiToken } from './api-tokens.ts';

test('a minted token is told from other credentials and never repeats', () => {
  const minted = Array.from({ length: 50 }, () => mintApiToken());
  expect(new Set(minted.map((made) => made.token)).size).toBe(50);
  for (const { token, hash, prefix } of minted) {
    expect(token).toMatch(/^ia_[A-Za-z0-9_-]{43}$/);
    expect(isApiToken(token)).toBe(true);
    expect(token.startsWith(prefix)).toBe(true);
    expect(hash).toBe(hashApiToken(token));
    expect(hash).not.toContain(token.slice(3));
  }
});

test.each(['', 'ia_', 'ia_short', `ia_${'x'.repeat(44)}`, `IA_${'x'.repeat(43)}`, `ia_${'x'.repeat(43)}\n`])(
  '%j is not an API token',
  (credential) => {
    expect(isApiToken(credential)).toBe(false);
  },
);
