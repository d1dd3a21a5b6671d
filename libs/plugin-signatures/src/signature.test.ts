import { createPublicKey } from 'node:crypto';
import { expect, it } from 'vitest';
import { signVersion, type TrustedKeys, verifyVersion } from './signature.ts';
import { signatureError } from './signature-error.ts';
import { createSigningKeyPem, readSigningKey, type SigningKey } from './signing-key.ts';

const key = readSigningKey(createSigningKeyPem());
const stranger = readSigningKey(createSigningKeyPem());
const version = { name: '@community/words', version: '1.0.0', integrity: 'sha512-AAAA' };
const signatures = [signVersion(version, key)];
const YESTERDAY = new Date(Date.now() - 86_400_000);
const TOMORROW = new Date(Date.now() + 86_400_000);

function trusting(trusted: SigningKey, dates: { expiresAt?: Date; revokedAt?: Date } = {}): TrustedKeys {
  const publicKey = createPublicKey({ key: Buffer.from(trusted.publicKey, 'base64'), format: 'der', type: 'spki' });
  return new Map([[trusted.keyId, { publicKey, expiresAt: null, revokedAt: null, ...dates }]]);
}

it('accepts what the registry signed', () => {
  expect(verifyVersion({ ...version, signatures }, trusting(key))).toEqual({ ok: true, keyId: key.keyId });
});

it.each([
  ['not signed', []],
  ['stripped', undefined],
  ['stripped to nothing', null],
  ['no list', { keyid: key.keyId, sig: 'AAAA' }],
  ['no signature in it', [{ keyid: key.keyId }]],
  ['no base64', [{ keyid: key.keyId, sig: '!' }]],
])('refuses a version that is unsigned: %s', (_name, found) => {
  expect(verifyVersion({ ...version, signatures: found }, trusting(key))).toMatchObject({
    ok: false,
    problem: 'unsigned',
    message: '@community/words@1.0.0 is not signed.',
  });
});

it('refuses the signature of a key that is not trusted', () => {
  const foreign = [signVersion(version, stranger)];
  expect(verifyVersion({ ...version, signatures: foreign }, trusting(key))).toMatchObject({ problem: 'unknown_key' });
});

it("refuses a stranger's signature under the id of a trusted key", () => {
  const forged = [{ ...signVersion(version, stranger), keyid: key.keyId }];
  expect(verifyVersion({ ...version, signatures: forged }, trusting(key))).toMatchObject({
    problem: 'wrong_signature',
  });
});

it.each([{ version: '1.0.1' }, { name: '@community/other' }, { integrity: 'sha512-BBBB' }])(
  'refuses a signature that was replayed onto %j',
  (other) => {
    const replayed = { ...version, ...other, signatures };
    expect(verifyVersion(replayed, trusting(key))).toMatchObject({ problem: 'wrong_signature' });
  },
);

it('refuses what a revoked key signed, whenever that was', () => {
  const revoked = trusting(key, { revokedAt: TOMORROW });
  expect(verifyVersion({ ...version, signatures, publishedAt: YESTERDAY }, revoked)).toMatchObject({
    problem: 'revoked_key',
  });
});

it('refuses what was published after the key had expired, and keeps what was before', () => {
  const expired = trusting(key, { expiresAt: YESTERDAY });
  expect(verifyVersion({ ...version, signatures }, expired)).toMatchObject({ problem: 'expired_key' });
  const before = new Date(YESTERDAY.getTime() - 1);
  expect(verifyVersion({ ...version, signatures, publishedAt: before }, expired)).toMatchObject({ ok: true });
});

it('needs one signature that counts, wherever it stands', () => {
  const both = [signVersion(version, stranger), ...signatures];
  expect(verifyVersion({ ...version, signatures: both }, trusting(key))).toMatchObject({ ok: true });
});

it('says in the error what is wrong', () => {
  const verdict = verifyVersion({ ...version, signatures: [] }, trusting(key));
  if (verdict.ok) throw new Error('an unsigned version passed');
  expect(signatureError(verdict)).toMatchObject({ code: 'IA_PLUGIN_SIGNATURE', details: { problem: 'unsigned' } });
});
