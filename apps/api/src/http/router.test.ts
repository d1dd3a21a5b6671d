import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSecretSealer } from '@ia-modules/secrets';
import { expect, test } from 'vitest';
import type { ApiConfig } from '../config.ts';
import type { ApiServices } from '../context.ts';
import type { LoopGuard } from './loop-guard.ts';
import { createRouter, type RouterInit } from './router.ts';

const URL_OF_API = 'http://localhost:4100';

/** What a request is refused before: nothing behind the guard is needed. */
const BEHIND = {
  config: { publicApiUrl: URL_OF_API, publicPortalUrl: URL_OF_API, isGraphiqlEnabled: false } as ApiConfig,
  services: {
    auth: { betterAuth: { handler: () => new Response() } },
    sealer: createSecretSealer({ current: randomBytes(32), others: [] }),
  } as unknown as ApiServices,
  graphql: {} as RouterInit['graphql'],
  policy: { isAllowed: () => false },
  draining: new AbortController().signal,
};

test('an API that can not keep up still tells its health, and nothing else', async () => {
  const guard = { admit: () => false } as unknown as LoopGuard;
  const server = createServer(createRouter({ ...BEHIND, guard })).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const statusOf = async (path: string): Promise<number> => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
  try {
    expect(await statusOf('/healthz')).toBe(200);
    expect(await Promise.all(['/graphql', '/graphql/z', '/hooks/z', '/auth/z'].map(statusOf))).toEqual(
      Array(4).fill(503),
    );
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
