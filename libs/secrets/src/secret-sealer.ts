import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { secretKeyId, type SecretKeys } from './secret-keys.ts';

/** As it is stored: which key sealed it (empty where that was not written down), and nonce, tag and ciphertext. */
export type SealedSecret = { readonly keyId: string; readonly sealed: Uint8Array };

/** Keeps what must be read again, unlike tokens: encrypted, and bound to the row that it belongs to. */
export type SecretSealer = {
  /** Of the key that seals. */
  readonly keyId: string;
  readonly seal: (
    secret: string,
    owner: string,
  ) => { readonly keyId: string; readonly sealed: Uint8Array<ArrayBuffer> };
  /** @throws PlatformError IA_SECRET_KEY when no key opens it: another one sealed it, for another owner, or it was changed. */
  readonly open: (secret: SealedSecret, owner: string) => string;
  /** The same for the same secret and scope, and worth nothing to who has no key; another one after the key was rotated. */
  readonly fingerprint: (secret: string, scope: string) => string;
};

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FINGERPRINT_CHARS = 16;
const FINGERPRINT_PURPOSE = 'ia-modules: fingerprints of secrets';

/** Seals with AES-256-GCM: nonce, tag and ciphertext, one behind the other. */
export const createSecretSealer = ({ current, others }: SecretKeys): SecretSealer => {
  const ring = new Map([...others, current].map((key) => [secretKeyId(key), key]));
  const keyId = secretKeyId(current);
  const fingerprintKey = createHmac('sha256', current).update(FINGERPRINT_PURPOSE).digest();
  return {
    keyId,
    seal: (secret, owner) => ({ keyId, sealed: sealWith(current, secret, owner) }),
    open: ({ keyId: sealedBy, sealed }, owner) => {
      const key = ring.get(sealedBy);
      const candidates = sealedBy === '' ? [...ring.values()].toReversed() : key === undefined ? [] : [key];
      for (const candidate of candidates) {
        const opened = openWith(candidate, sealed, owner);
        if (opened !== undefined) return opened;
      }
      throw unopened(sealedBy, candidates.length > 0);
    },
    fingerprint: (secret, scope) =>
      createHmac('sha256', fingerprintKey)
        .update(scope)
        .update('\0')
        .update(secret)
        .digest('hex')
        .slice(0, FINGERPRINT_CHARS),
  };
};

const sealWith = (key: Uint8Array, secret: string, owner: string): Uint8Array<ArrayBuffer> => {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(owner));
  const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return new Uint8Array(Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]));
};

/** Undefined when this key, this owner and these bytes don't belong together. */
const openWith = (key: Uint8Array, sealed: Uint8Array, owner: string): string | undefined => {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(owner)).setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const opened = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([opened, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
};

const unopened = (keyId: string, hasKey: boolean): PlatformError =>
  new PlatformError({
    code: 'IA_SECRET_KEY',
    message: hasKey
      ? 'A sealed secret does not open: it was changed, or put where it does not belong.'
      : `A secret was sealed with the key ${keyId}, which is neither IA_SECRET_KEY nor in IA_SECRET_KEYS_OLD.`,
    hint: hasKey
      ? 'Set the secret anew, and find out who wrote to the database.'
      : 'Put the key that sealed it into IA_SECRET_KEYS_OLD: nothing is lost until that key is.',
    fault: 'infra',
  });
