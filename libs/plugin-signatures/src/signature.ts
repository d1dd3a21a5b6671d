import { type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import type { SigningKey } from './signing-key.ts';

/** What a signature speaks for: exactly one tarball under exactly one name and version. */
export type VersionIdentity = Readonly<{ name: string; version: string; integrity: string }>;

/** One entry of `dist.signatures`, as npm knows it. */
export type VersionSignature = Readonly<{ keyid: string; sig: string }>;

export type TrustedKey = Readonly<{
  publicKey: KeyObject;
  expiresAt: Date | null;
  revokedAt: Date | null;
}>;

/** By key id. Revoked keys are among them, so that what they signed is refused by its right reason. */
export type TrustedKeys = ReadonlyMap<string, TrustedKey>;

export type SignedVersion = VersionIdentity &
  Readonly<{
    /** As stored or sent by whomever: what is not a list of signatures counts as none. */
    signatures: unknown;
    /** A key that expired later than this still counts. @default now */
    publishedAt?: Date | undefined;
  }>;

export type SignatureProblem = 'unsigned' | 'unknown_key' | 'revoked_key' | 'expired_key' | 'wrong_signature';

export type SignatureVerdict =
  | Readonly<{ ok: true; keyId: string }>
  | Readonly<{ ok: false; problem: SignatureProblem; message: string }>;

const signaturesSchema = z.array(z.object({ keyid: z.string(), sig: z.base64().max(200) })).max(10);

export function signVersion(version: VersionIdentity, key: SigningKey): VersionSignature {
  return { keyid: key.keyId, sig: sign('sha256', messageOf(version), key.privateKey).toString('base64') };
}

/** Whether one of the signatures is by a key that counts and speaks for this very name, version and tarball. */
export function verifyVersion(version: SignedVersion, keys: TrustedKeys): SignatureVerdict {
  const parsed = signaturesSchema.safeParse(version.signatures);
  const verdicts = (parsed.data ?? []).map((signature) => verifyOne(version, signature, keys));
  return verdicts.find(({ ok }) => ok) ?? verdicts[0] ?? failed(version, 'unsigned', 'is not signed');
}

function verifyOne(version: SignedVersion, { keyid, sig }: VersionSignature, keys: TrustedKeys): SignatureVerdict {
  const key = keys.get(keyid);
  if (key === undefined) return failed(version, 'unknown_key', `is signed with ${keyid}, a key that is not trusted`);
  if (key.revokedAt !== null) return failed(version, 'revoked_key', `is signed with ${keyid}, a key that was revoked`);
  if (key.expiresAt !== null && key.expiresAt < (version.publishedAt ?? new Date())) {
    return failed(version, 'expired_key', `is signed with ${keyid}, a key that had expired`);
  }
  if (!verify('sha256', messageOf(version), key.publicKey, Buffer.from(sig, 'base64'))) {
    return failed(version, 'wrong_signature', 'has a signature that is not for this name, version and tarball');
  }
  return { ok: true, keyId: keyid };
}

function failed({ name, version }: VersionIdentity, problem: SignatureProblem, what: string): SignatureVerdict {
  return { ok: false, problem, message: `${name}@${version} ${what}.` };
}

function messageOf({ name, version, integrity }: VersionIdentity): Buffer {
  return Buffer.from(`${name}@${version}:${integrity}`);
}
