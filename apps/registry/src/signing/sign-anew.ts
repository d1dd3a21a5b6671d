import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { Database } from '@ia-modules/database';
import { readTrustedKeys, signVersion, type SigningKey, verifyVersion } from '@ia-modules/plugin-signatures';
import { z } from 'zod';
import type { PackageLock } from '../storage/package-lock.ts';
import { parsePackageName, tarballFilename } from '../access/package-name.ts';
import type { PackageStore } from '../storage/package-store.ts';

/** What became of one version. */
export type Signed = Readonly<{ name: string; version: string; outcome: 'signed' | 'kept' | 'missing' | 'changed' }>;

export type SignAnewOptions = Readonly<{
  pool: Database['pool'];
  store: PackageStore;
  withPackageLock: PackageLock;
  signingKey: SigningKey;
}>;

const rowSchema = z.object({
  name: z.string(),
  version: z.string(),
  integrity: z.string(),
  signatures: z.unknown(),
  published_at: z.date(),
});
type Row = z.infer<typeof rowSchema>;

/**
 * Signs every version of the catalogue that has no signature that counts, if its stored tarball still is the one that was
 * published. One that is missing or another is left as it is, and told.
 */
export async function* signAnew(options: SignAnewOptions): AsyncGenerator<Signed> {
  const keys = await readTrustedKeys(options.pool);
  const { rows } = await options.pool.query('SELECT * FROM signed_versions()');
  for (const row of z.array(rowSchema).parse(rows)) {
    const { name, version, published_at: publishedAt } = row;
    const isSigned = verifyVersion({ ...row, publishedAt }, keys).ok;
    yield { name, version, outcome: isSigned ? 'kept' : await signOne(options, row) };
  }
}

async function signOne(
  { pool, store, withPackageLock, signingKey }: SignAnewOptions,
  { name: fullName, version, integrity }: Row,
): Promise<Signed['outcome']> {
  const name = parsePackageName(fullName);
  if (name === null) return 'missing';
  return await withPackageLock(fullName, async () => {
    const stored = (await store.read(name))?.versions[version];
    if (stored === undefined) return 'missing';
    const tarball = await store.openTarball(name, tarballFilename(name, version));
    if (tarball === undefined) return 'missing';
    const hash = createHash('sha512');
    await pipeline(tarball.body, hash);
    const found = `sha512-${hash.digest('base64')}`;
    if (found !== integrity || stored.dist.integrity !== integrity) return 'changed';
    const signatures = [signVersion({ name: fullName, version, integrity }, signingKey)];
    // The catalogue last: by it the command tells what is left to sign.
    await store.setSignatures(name, version, signatures);
    await pool.query('SELECT sign_version($1, $2, $3, $4)', [fullName, version, integrity, JSON.stringify(signatures)]);
    return 'signed';
  });
}
