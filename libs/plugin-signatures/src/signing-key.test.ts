import { createHash, generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSigningKeyPem, readSigningKey } from './signing-key.ts';

it('names a key as npm does', () => {
  const { keyId, publicKey } = readSigningKey(createSigningKeyPem());
  const digest = createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('base64');
  expect(keyId).toBe(`SHA256:${digest}`);
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey.export({ type: 'pkcs8', format: 'pem' });

it.each([
  ['no key', 'hunter2'],
  ['another algorithm', rsa],
  ['another curve', p384],
])('refuses %s without repeating it', (_name, pem) => {
  expect(() => readSigningKey(pem)).toThrow('no private key for ECDSA');
  expect(() => readSigningKey(pem)).not.toThrow(pem);
});
