import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { secretKeyId } from './secret-keys.ts';
import { createSecretSealer } from './secret-sealer.ts';

const key = randomBytes(32);
const sealer = createSecretSealer({ current: key, others: [] });

it('opens what it sealed, and seals the same differently each time', () => {
  const { keyId, sealed } = sealer.seal('hush', 'hook-1');
  expect(keyId).toBe(secretKeyId(key));
  expect(sealer.open({ keyId, sealed }, 'hook-1')).toBe('hush');
  expect(Buffer.from(sealed).includes('hush')).toBe(false);
  expect(Buffer.from(sealer.seal('hush', 'hook-1').sealed)).not.toEqual(Buffer.from(sealed));
});

it('opens nothing for another owner, or that was changed or cut', () => {
  const { keyId, sealed } = sealer.seal('hush', 'hook-1');
  const changed = Uint8Array.from(sealed, (byte, index) => (index === sealed.length - 1 ? byte ^ 1 : byte));
  const refused = expect.objectContaining({ code: 'IA_SECRET_KEY', fault: 'infra' });
  expect(() => sealer.open({ keyId, sealed }, 'hook-2')).toThrow(refused);
  expect(() => sealer.open({ keyId, sealed: changed }, 'hook-1')).toThrow(refused);
  expect(() => sealer.open({ keyId, sealed: sealed.subarray(0, 20) }, 'hook-1')).toThrow(refused);
});

it('opens with an old key what that sealed, and says which key is missing without it', () => {
  const old = sealer.seal('hush', 'hook-1');
  const next = randomBytes(32);
  const rotated = createSecretSealer({ current: next, others: [key] });
  expect(rotated.open(old, 'hook-1')).toBe('hush');
  expect(rotated.seal('hush', 'hook-1').keyId).toBe(secretKeyId(next));
  const forgetful = createSecretSealer({ current: next, others: [] });
  expect(() => forgetful.open(old, 'hook-1')).toThrow(secretKeyId(key));
});

it('tries every key for what names none', () => {
  const { sealed } = sealer.seal('hush', 'hook-1');
  const rotated = createSecretSealer({ current: randomBytes(32), others: [randomBytes(32), key] });
  expect(rotated.open({ keyId: '', sealed }, 'hook-1')).toBe('hush');
});

it('gives fingerprints that only the same secret in the same scope has', () => {
  expect(sealer.fingerprint('hush', 'a')).toBe(sealer.fingerprint('hush', 'a'));
  expect(sealer.fingerprint('hush', 'a')).toMatch(/^[0-9a-f]{16}$/);
  expect(sealer.fingerprint('hush', 'b')).not.toBe(sealer.fingerprint('hush', 'a'));
  expect(sealer.fingerprint('hush!', 'a')).not.toBe(sealer.fingerprint('hush', 'a'));
});
