import { createSigningKeyPem } from '@ia-modules/plugin-signatures';
import { pino } from 'pino';
import { type RegistryConfig, storageUrl } from '../src/config.ts';
import { type Registry, startRegistry } from '../src/registry.ts';

export const INTERNAL_TOKEN = 'internal-token-of-the-registry-tests-0001';

const SIGNING_KEY = createSigningKeyPem();

/** Starts the whole registry within the test's own process, on a free port. */
export async function startTestRegistry(
  databaseUrl: string,
  storage: string,
  overrides: Partial<RegistryConfig> = {},
): Promise<Registry> {
  const config: RegistryConfig = {
    port: 0,
    addresses: ['127.0.0.1', '::1'],
    storageUrl: storageUrl(storage),
    databaseUrl,
    internalToken: INTERNAL_TOKEN,
    publicUrl: undefined,
    publicPortalUrl: 'http://localhost:3100',
    uplink: undefined,
    signingKey: { pem: SIGNING_KEY },
    // Most packages of these tests hold no code that runs.
    selfTest: 'off',
    logLevel: 'silent',
    ...overrides,
  };
  return await startRegistry(config, pino({ level: process.env['TEST_LOG'] ?? 'silent' }));
}
