import type { Database } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { SigningKey } from '@ia-modules/plugin-signatures';

type Pool = Database['pool'];

/** As npm clients ask for them at `/-/npm/v1/keys`. */
export type PublicKeys = Readonly<{
  keys: readonly Readonly<{ expires: string | null; keyid: string; keytype: string; scheme: string; key: string }>[];
}>;

const ECDSA_P256 = 'ecdsa-sha2-nistp256';

/** Makes the public half known. @throws PlatformError IA_CONFIG_INVALID when the key was retired before. */
export async function announceKey(pool: Pool, { keyId, publicKey }: SigningKey): Promise<void> {
  await pool.query('INSERT INTO registry_keys (key_id, public_key) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    keyId,
    publicKey,
  ]);
  const { rows } = await pool.query<{ is_retired: boolean }>(
    `SELECT revoked_at IS NOT NULL OR coalesce(expires_at <= now(), false) AS is_retired
     FROM registry_keys WHERE key_id = $1`,
    [keyId],
  );
  if (rows[0]?.is_retired !== true) return;
  throw new PlatformError({
    code: 'IA_CONFIG_INVALID',
    message: `The registry's signing key ${keyId} was revoked or has expired.`,
    hint: 'Give the registry another key, as docs/registry.md says.',
  });
}

/** All keys that npm may trust: those that expired are good for what was published before. */
export async function readPublicKeys(pool: Pool): Promise<PublicKeys> {
  const { rows } = await pool.query<{ key_id: string; public_key: string; expires_at: Date | null }>(
    'SELECT key_id, public_key, expires_at FROM registry_keys WHERE revoked_at IS NULL ORDER BY created_at, key_id',
  );
  const keys = rows.map(({ key_id: keyid, public_key: key, expires_at: expiresAt }) => ({
    expires: expiresAt?.toISOString() ?? null,
    keyid,
    keytype: ECDSA_P256,
    scheme: ECDSA_P256,
    key,
  }));
  return { keys };
}
