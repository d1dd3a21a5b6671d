import { createBlobStore } from '@ia-modules/blobs';
import { createDatabase } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { readConfig, type RegistryConfig } from './config.ts';
import { createPackageLock } from './storage/package-lock.ts';
import { createPackageStore } from './storage/package-store.ts';
import { announceKey } from './signing/registry-keys.ts';
import { signAnew } from './signing/sign-anew.ts';
import { loadSigningKey, replaceSigningKey } from './signing/signing.ts';

const USAGE = `Usage: node keys-main.js <command>, with the settings of the registry

  list                     the keys that versions were signed with
  rotate                   a new key from now on; what was signed before stays good
  revoke <key id> <why>    nothing counts any more that this key has signed
  sign                     signs versions without a signature that counts, after looking at their tarballs
`;

async function main([command, ...args]: readonly string[]): Promise<number> {
  if (command === undefined || !Object.hasOwn(COMMANDS, command)) {
    process.stderr.write(USAGE);
    return 2;
  }
  const config = readConfig(process.env);
  const database = createDatabase({ url: config.databaseUrl });
  try {
    return await COMMANDS[command as keyof typeof COMMANDS]({ config, pool: database.pool, args });
  } finally {
    await database.close();
  }
}

type Task = Readonly<{
  config: RegistryConfig;
  pool: ReturnType<typeof createDatabase>['pool'];
  args: readonly string[];
}>;

const COMMANDS = { list, rotate, revoke, sign } as const;

async function list({ pool }: Task): Promise<number> {
  const { rows } = await pool.query<{
    key_id: string;
    created_at: Date;
    expires_at: Date | null;
    revoked_at: Date | null;
  }>('SELECT key_id, created_at, expires_at, revoked_at FROM registry_keys ORDER BY created_at');
  for (const { key_id: id, created_at: created, expires_at: expires, revoked_at: revoked } of rows) {
    const end = revoked === null ? expires && `expires ${expires.toISOString()}` : `revoked ${revoked.toISOString()}`;
    print([id, `since ${created.toISOString()}`, end ?? 'in use'].join('  '));
  }
  return 0;
}

async function rotate({ config, pool }: Task): Promise<number> {
  const { signingKey: source } = config;
  if ('pem' in source) {
    throw new PlatformError({
      code: 'IA_CONFIG_INVALID',
      message: 'The key stands in IA_REGISTRY_SIGNING_KEY, which this command can not change.',
      hint: 'Put another key there and start the registry again; then run `rotate` without that variable set to the old key.',
    });
  }
  const key = await replaceSigningKey(source.file);
  await announceKey(pool, key);
  const { rows } = await pool.query<{ expired: number }>('SELECT expire_registry_keys($1) AS expired', [key.keyId]);
  print(`${key.keyId} signs from now on; ${rows[0]?.expired ?? 0} keys expire in ten minutes.`);
  return 0;
}

async function revoke({ pool, args: [keyId, ...why] }: Task): Promise<number> {
  if (keyId === undefined || why.length === 0) {
    process.stderr.write(USAGE);
    return 2;
  }
  const sql = 'SELECT revoke_registry_key($1, $2) AS is_revoked';
  const { rows } = await pool.query<{ is_revoked: boolean }>(sql, [keyId, why.join(' ')]);
  const isRevoked = rows[0]?.is_revoked === true;
  print(
    isRevoked ? `${keyId} is revoked. Run \`sign\` with another key.` : `${keyId} is no key that could be revoked.`,
  );
  return isRevoked ? 0 : 1;
}

async function sign({ config, pool }: Task): Promise<number> {
  const signingKey = await loadSigningKey(config.signingKey);
  await announceKey(pool, signingKey);
  const store = createPackageStore(createBlobStore(config.storageUrl, 'IA_REGISTRY_STORAGE'));
  const lock = createPackageLock(config.databaseUrl);
  const counts = { signed: 0, kept: 0, missing: 0, changed: 0 };
  try {
    const { withPackageLock } = lock;
    for await (const { name, version, outcome } of signAnew({ pool, store, withPackageLock, signingKey })) {
      counts[outcome]++;
      if (outcome !== 'kept') print(`${outcome}  ${name}@${version}`);
    }
  } finally {
    await lock.close();
  }
  print(
    `${counts.signed} signed, ${counts.kept} had a signature, ${counts.missing} missing, ${counts.changed} changed`,
  );
  return counts.missing + counts.changed === 0 ? 0 : 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof PlatformError)) throw error;
  process.stderr.write(`${error.code}: ${error.message} ${error.hint ?? ''}\n`);
  process.exitCode = 2;
}
