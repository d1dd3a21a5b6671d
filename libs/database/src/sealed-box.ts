import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

const CONTEXT = 'ia-modules sealed box 1';
const CIPHER = 'aes-256-gcm';
const PUBLIC_KEY_BYTES = 44;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SEED_BYTES = 32;
/** What stands before the 32 bytes of a private key on X25519 in PKCS#8 (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');

export type BoxKey = Readonly<{
  /** SubjectPublicKeyInfo: for whoever seals. */
  publicKey: Buffer;
  privateKey: KeyObject;
}>;

/** Makes the key pair of a box out of a secret of 32 random bytes: whoever keeps the secret needs to keep nothing else. */
export function boxKeyOf(secret: Buffer): BoxKey {
  const seed = Buffer.from(hkdfSync('sha256', secret, '', `${CONTEXT} key`, SEED_BYTES));
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  return { publicKey: exported(createPublicKey(privateKey)), privateKey };
}

/** Encrypts a text so that only the owner of the key can read it: X25519, HKDF-SHA256, AES-256-GCM. */
export function sealText(publicKey: Uint8Array, text: string): Buffer {
  const sender = generateKeyPairSync('x25519');
  const senderKey = exported(sender.publicKey);
  const receiver = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  const nonce = randomBytes(NONCE_BYTES);
  const secret = diffieHellman({ privateKey: sender.privateKey, publicKey: receiver });
  const cipher = createCipheriv(CIPHER, cipherKey(secret, senderKey, publicKey), nonce);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([senderKey, nonce, cipher.getAuthTag(), sealed]);
}

/** @throws when it was sealed for another key, or changed since */
export function openSealedText({ publicKey, privateKey }: BoxKey, box: Uint8Array): string {
  const bytes = Buffer.from(box);
  const senderKey = bytes.subarray(0, PUBLIC_KEY_BYTES);
  const nonce = bytes.subarray(PUBLIC_KEY_BYTES, PUBLIC_KEY_BYTES + NONCE_BYTES);
  const tagAt = PUBLIC_KEY_BYTES + NONCE_BYTES;
  const sender = createPublicKey({ key: senderKey, format: 'der', type: 'spki' });
  const secret = diffieHellman({ privateKey, publicKey: sender });
  const decipher = createDecipheriv(CIPHER, cipherKey(secret, senderKey, publicKey), nonce);
  decipher.setAuthTag(bytes.subarray(tagAt, tagAt + TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(tagAt + TAG_BYTES)), decipher.final()]).toString('utf8');
}

function cipherKey(secret: Buffer, senderKey: Uint8Array, receiverKey: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, Buffer.concat([senderKey, receiverKey]), `${CONTEXT} cipher`, 32));
}

function exported(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' });
}
