import process from 'node:process';
import { createPool } from '@ia-modules/database';
import { createSecretSealer } from '@ia-modules/secrets';
import { createLog, describeError } from '@ia-modules/service';
import { resealSecrets } from './secrets/reseal-secrets.ts';
import { readRotationConfig } from './secrets/rotation-config.ts';

const MAX_CONNECTIONS = 2;

/** Prints what was done as a line of JSON; ends with 1 when there is something that no key opens. */
const main = async (): Promise<void> => {
  const { databaseUrl, secretKeys, logLevel } = readRotationConfig(process.env);
  const log = createLog('rotate-secrets', logLevel);
  const pool = createPool({ url: databaseUrl, maxConnections: MAX_CONNECTIONS });
  try {
    const sealer = createSecretSealer(secretKeys);
    const { unopened, ...done } = await resealSecrets(pool, sealer, (progress) => log.debug(progress, 'resealed'));
    process.stdout.write(`${JSON.stringify({ keyId: sealer.keyId, ...done, unopened: unopened.length })}\n`);
    if (unopened.length === 0) return;
    for (const { what, tenantId, id, keyId } of unopened) {
      process.stderr.write(
        `IA_SECRET_KEY: ${what} ${id} of the tenant ${tenantId} needs the key ${keyId || 'of its time'}.\n`,
      );
    }
    process.exitCode = 1;
  } finally {
    await pool.end();
  }
};

try {
  await main();
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 2;
}
