import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { boxKeyOf, openSealedText, sealText } from './sealed-box.ts';

const secret = randomBytes(32);
const key = boxKeyOf(secret);
/** What the cipher or the reader of keys says. */
const UNREADABLE = /unable to authenticate data|Failed to read asymmetric key|bad decrypt/i;

it('opens what was sealed for it, with nothing but the secret', () => {
  const box = sealText(key.publicKey, 'ia_token ü');
  expect(box.toString('latin1')).not.toContain('ia_token');
  expect(openSealedText(boxKeyOf(secret), box)).toBe('ia_token ü');
});

it('seals the same text differently each time', () => {
  expect(sealText(key.publicKey, 'same')).not.toEqual(sealText(key.publicKey, 'same'));
});

it('opens nothing for another key, and nothing that was changed', () => {
  const box = sealText(key.publicKey, 'text');
  expect(() => openSealedText(boxKeyOf(randomBytes(32)), box)).toThrow(UNREADABLE);
  for (const at of [20, 50, 60, box.length - 1]) {
    const changed = Buffer.from(box);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => openSealedText(key, changed)).toThrow(UNREADABLE);
  }
  expect(() => openSealedText(key, box.subarray(0, 30))).toThrow(UNREADABLE);
});
