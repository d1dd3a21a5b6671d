export {
  createKeyRing,
  type KeyListener,
  type KeyRing,
  type KeyRingOptions,
  type KeySource,
  readTrustedKeys,
} from './key-ring.ts';
export {
  type SignatureProblem,
  type SignatureVerdict,
  type SignedVersion,
  signVersion,
  type TrustedKey,
  type TrustedKeys,
  type VersionIdentity,
  type VersionSignature,
  verifyVersion,
} from './signature.ts';
export { signatureError } from './signature-error.ts';
export { createSigningKeyPem, keyIdOf, readSigningKey, type SigningKey } from './signing-key.ts';
