import { createHmac, createSecretKey, hkdfSync, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';

const KEY_BYTES = 32;
/** Enough that nobody hits one by trying, and short enough for a cursor a row. */
export const SIGNATURE_BYTES = 12;

/** Cursors of a process that was never told a secret are good within this process. */
let key: KeyObject = createSecretKey(randomBytes(KEY_BYTES));

/** Derives the key of all cursors from a secret that all processes of the API share. Called once, as the process starts. */
export const useCursorSecret = (secret: string): void => {
  key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'ia-modules cursors', KEY_BYTES)));
};

export type CursorText = {
  readonly payload: string;
  readonly list: string;
  readonly scope: string;
};

/** Binds what a cursor says to the list and the scope, such as a tenant, that it is for. */
export const signCursor = ({ payload, list, scope }: CursorText): Buffer =>
  createHmac('sha256', key).update(`${list}\n${scope}\n${payload}`).digest().subarray(0, SIGNATURE_BYTES);

export const isCursorSignature = ({ signature, ...text }: CursorText & { readonly signature: Uint8Array }): boolean =>
  signature.length === SIGNATURE_BYTES && timingSafeEqual(signature, signCursor(text));
