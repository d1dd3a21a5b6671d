import { createHash } from 'node:crypto';
import { PlatformError } from '@ia-modules/plugin-sdk';

const KEY = /^(?!\.)@?[\w.-]+(?:\/(?!\.)@?[\w.-]+)*$/;
const MAX_KEY_CHARS = 512;
const SHA256 = /^[0-9a-f]{64}$/;

/** @throws PlatformError IA_BLOB_KEY for what is no key, such as one that leads out of its store */
export const checkBlobKey = (key: string): string => {
  if (key.length <= MAX_KEY_CHARS && KEY.test(key)) return key;
  throw new PlatformError({
    code: 'IA_BLOB_KEY',
    message: 'A key of the blob storage is not valid.',
    hint: 'Keys are parts of letters, digits, ".", "_" and "-", joined by slashes; a part may begin with "@", none with a dot.',
    fault: 'bug',
  });
};

/** A prefix may end with a slash. */
export const checkBlobPrefix = (prefix: string): string => checkBlobKey(prefix.replace(/\/$/, ''));

/** @throws PlatformError IA_BLOB_CORRUPT when the last part of the key is a SHA-256, and not that of the bytes */
export const checkBlobContent = (key: string, bytes: Uint8Array): Uint8Array => {
  const name = key.slice(key.lastIndexOf('/') + 1);
  if (!SHA256.test(name) || createHash('sha256').update(bytes).digest('hex') === name) return bytes;
  throw new PlatformError({
    code: 'IA_BLOB_CORRUPT',
    message: `The stored value ${name} is not what was stored.`,
    hint: 'Restore the blob storage from a copy, or start the run anew.',
    fault: 'infra',
    details: { key, bytes: bytes.byteLength },
  });
};
