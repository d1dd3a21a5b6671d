import { pino } from 'pino';
import { type Registry, startRegistry } from '../src/registry.ts';

export const INTERNAL_TOKEN = 'internal-token-of-the-registry-tests-0001';

/** Starts the whole registry within the test's own process, on a free port. */
export async function startTestRegistry(databaseUrl: string, storageDir: string): Promise<Registry> {
  const config = {
    port: 0,
    addresses: ['127.0.0.1', '::1'],
    storageDir,
    databaseUrl,
    internalToken: INTERNAL_TOKEN,
    publicUrl: undefined,
    logLevel: 'silent',
  } as const;
  return await startRegistry(config, pino({ level: 'silent' }));
}
