import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

/** A private key that versions are signed with. */
export type SigningKey = Readonly<{
  /** As npm names keys: `SHA256:` and the base64 of the SHA-256 of the public key's SubjectPublicKeyInfo. */
  keyId: string;
  privateKey: KeyObject;
  /** SubjectPublicKeyInfo, base64: what clients are given. */
  publicKey: string;
}>;

const CURVE = 'prime256v1';

/** Makes a new ECDSA P-256 key, as PKCS#8 PEM. */
export function createSigningKeyPem(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: CURVE });
  return privateKey.export({ type: 'pkcs8', format: 'pem' });
}

/** Reads a PKCS#8 PEM. @throws {TypeError} when it is no private key on the curve P-256; the text is not in the message. */
export function readSigningKey(pem: string): SigningKey {
  const privateKey = parsePrivateKey(pem);
  if (privateKey?.asymmetricKeyDetails?.namedCurve !== CURVE) {
    throw new TypeError('This is no private key for ECDSA on the curve P-256 in PKCS#8 PEM.');
  }
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return { keyId: keyIdOf(publicKey), privateKey, publicKey: publicKey.toString('base64') };
}

export function keyIdOf(subjectPublicKeyInfo: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(subjectPublicKeyInfo).digest('base64')}`;
}

function parsePrivateKey(pem: string): KeyObject | null {
  try {
    return createPrivateKey({ key: pem, format: 'pem' });
  } catch {
    return null;
  }
}
