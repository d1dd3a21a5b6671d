import { createPublicKey } from 'node:crypto';
import type { Pool } from 'pg';
import { type SignatureVerdict, type SignedVersion, type TrustedKeys, verifyVersion } from './signature.ts';
import { keyIdOf } from './signing-key.ts';

/** Whatever can run a statement as a role that reads `registry_keys`. */
export type KeySource = Pick<Pool, 'query'>;

/** The part of a listener on PostgreSQL's channels that a key ring needs. */
export type KeyListener = Readonly<{
  listen(channel: string, handler: (payload: string) => void, reconnected?: () => void): Promise<() => Promise<void>>;
}>;

export type KeyRingOptions = Readonly<{
  pool: KeySource;
  listener: KeyListener;
  /** When given, no other key counts, whatever the table says. */
  trustedKeyIds?: readonly string[] | undefined;
}>;

/** The keys that count, in memory. */
export type KeyRing = Readonly<{
  keys(): Promise<TrustedKeys>;
  verify(version: SignedVersion): Promise<SignatureVerdict>;
  close(): Promise<void>;
}>;

type Row = Readonly<{ key_id: string; public_key: string; expires_at: Date | null; revoked_at: Date | null }>;

const CHANNEL = 'plugin_blocks';
/** Also what is missed on the channel is known after this. */
const MAX_AGE_MS = 5_000;
const MAX_VERDICTS = 1_000;

/** Reads the keys that count; with `trustedKeyIds` those alone. */
export async function readTrustedKeys(pool: KeySource, trustedKeyIds?: readonly string[]): Promise<TrustedKeys> {
  const { rows } = await pool.query<Row>('SELECT key_id, public_key, expires_at, revoked_at FROM registry_keys');
  const keys = new Map<string, ReturnType<typeof trustedKey>>();
  for (const row of rows) {
    const der = Buffer.from(row.public_key, 'base64');
    const isNamedRight = keyIdOf(der) === row.key_id;
    if (isNamedRight && (trustedKeyIds?.includes(row.key_id) ?? true)) keys.set(row.key_id, trustedKey(der, row));
  }
  return keys;
}

/**
 * Keeps the keys that count. A change is known as soon as PostgreSQL tells of it, and at the latest after five seconds;
 * when the keys can't be read then, asking for them fails rather than trusting what may be revoked.
 */
export function createKeyRing({ pool, listener, trustedKeyIds }: KeyRingOptions): KeyRing {
  let current: Promise<TrustedKeys> | undefined;
  let readAt = 0;
  const forget = () => {
    current = undefined;
  };
  const verdicts = createVerdicts();
  const listening = listener.listen(CHANNEL, forget, forget).catch(() => undefined);

  const read = () => {
    const reading = readTrustedKeys(pool, trustedKeyIds);
    current = reading;
    readAt = performance.now();
    reading.catch(() => {
      if (current === reading) forget();
    });
    return reading;
  };
  const keys = async () => await (current === undefined || performance.now() - readAt > MAX_AGE_MS ? read() : current);
  return {
    keys,
    verify: async (version) => verdicts.of(version, await keys()),
    close: async () => await (await listening)?.(),
  };
}

/**
 * Remembers what was found with the keys of one reading: an attempt of a version that ran a moment ago costs no arithmetic. Whatever
 * of it is another, a signature or a key, is looked at anew.
 */
function createVerdicts() {
  const known = new WeakMap<TrustedKeys, Map<string, SignatureVerdict>>();
  return {
    of: (version: SignedVersion, keys: TrustedKeys): SignatureVerdict => {
      if (version.publishedAt === undefined) return verifyVersion(version, keys); // by the time of now
      const verdicts = known.get(keys) ?? new Map<string, SignatureVerdict>();
      known.set(keys, verdicts);
      const { name, version: number, integrity, publishedAt, signatures } = version;
      const key = JSON.stringify([name, number, integrity, publishedAt, signatures]);
      const verdict = verdicts.get(key) ?? verifyVersion(version, keys);
      if (verdicts.size < MAX_VERDICTS) verdicts.set(key, verdict);
      return verdict;
    },
  };
}

function trustedKey(der: Buffer, { expires_at: expiresAt, revoked_at: revokedAt }: Row) {
  return { publicKey: createPublicKey({ key: der, format: 'der', type: 'spki' }), expiresAt, revokedAt };
}
