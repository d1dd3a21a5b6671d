import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSecretSealer } from './secret-sealer.ts';

const sealer = createSecretSealer(randomBytes(32));

it('opens what it sealed, and seals the same differently each time', () => {
  const sealed = sealer.seal('hush', 'hook-1');
  expect(sealer.open(sealed, 'hook-1')).toBe('hush');
  expect(Buffer.from(sealed).includes('hush')).toBe(false);
  expect(Buffer.from(sealer.seal('hush', 'hook-1'))).not.toEqual(Buffer.from(sealed));
});

it('opens nothing for another owner, with another key, or that was changed', () => {
  const sealed = sealer.seal('hush', 'hook-1');
  const changed = Uint8Array.from(sealed, (byte, index) => (index === sealed.length - 1 ? byte ^ 1 : byte));
  expect(() => sealer.open(sealed, 'hook-2')).toThrow('authenticat');
  expect(() => createSecretSealer(randomBytes(32)).open(sealed, 'hook-1')).toThrow('authenticat');
  expect(() => sealer.open(changed, 'hook-1')).toThrow('authenticat');
  expect(() => sealer.open(sealed.subarray(0, 20), 'hook-1')).toThrow('authenticat');
});
