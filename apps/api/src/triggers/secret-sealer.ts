import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Keeps secrets that must be read again, unlike tokens: encrypted, and bound to the row that they belong to. */
export type SecretSealer = {
  seal(secret: string, owner: string): Uint8Array<ArrayBuffer>;
  /** @throws Error when the bytes were sealed with another key, for another owner, or changed since. */
  open(sealed: Uint8Array, owner: string): string;
};

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Seals with AES-256-GCM: nonce, tag and ciphertext, one behind the other. */
export const createSecretSealer = (key: Uint8Array): SecretSealer => ({
  seal: (secret, owner) => {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(owner));
    const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return new Uint8Array(Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]));
  },
  open: (sealed, owner) => {
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(owner)).setAuthTag(tag);
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString(
      'utf8',
    );
  },
});
