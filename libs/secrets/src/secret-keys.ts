import { createHash } from 'node:crypto';

/** The platform's keys: everything is sealed with the current one; the others only open what was sealed before. */
export type SecretKeys = { readonly current: Uint8Array; readonly others: readonly Uint8Array[] };

const ID_BYTES = 8;

/** Names a key without telling anything of it: the first bytes of its SHA-256, in hex. */
export const secretKeyId = (key: Uint8Array): string =>
  createHash('sha256').update(key).digest().subarray(0, ID_BYTES).toString('hex');
