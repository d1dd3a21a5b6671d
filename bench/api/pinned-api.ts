import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BenchServer } from '../runs/server.ts';
import { type PinnedProcess, startPinned } from './pinned-process.ts';

const API = path.resolve(import.meta.dirname, '../../apps/api/src/main.ts');

/** The API as `npm start` runs it, with everything on; a few callers send all that there is, so their buckets are large. */
export const startPinnedApi = (
  server: BenchServer,
  urls: Readonly<Record<'app' | 'auth', string>>,
  overrides: Readonly<Record<string, string>> = {},
): Promise<PinnedProcess> =>
  startPinned(API, {
    IA_API_PORT: '0',
    IA_API_DATABASE_URL: urls.app,
    IA_AUTH_DATABASE_URL: urls.auth,
    IA_AUTH_SECRET: randomBytes(32).toString('base64url'),
    IA_SECRET_KEY: randomBytes(32).toString('base64'),
    IA_BLOB_URL: pathToFileURL(path.join(server.directory, 'blobs')).href,
    IA_RATE_CAPACITY: '1000000000',
    IA_RATE_RESTORE_PER_SECOND: '1000000000',
    ...overrides,
  });
