import { randomBytes, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TestDatabase } from '@ia-modules/database/testing';
import { type Logger, pino } from 'pino';
import { readConfig } from './config.ts';
import { startApi } from './start-api.ts';

export type TestApi = {
  /** `http://localhost:<port>` */
  readonly url: string;
  readonly graphqlUrl: string;
  readonly websocketUrl: string;
  /** The origin that browsers may call from. */
  readonly portalOrigin: string;
  /** The folder that mails lie in; not there before the first one. */
  readonly outbox: string;
  readonly close: () => Promise<void>;
};

/** Starts a real API in this process, on a free loopback port and a test database. */
export const startTestApi = async (
  { urls }: TestDatabase,
  overrides: Readonly<Record<string, string>> = {},
  log: Logger = pino({ level: process.env['IA_TEST_LOG'] ?? 'silent' }),
): Promise<TestApi> => {
  const portalOrigin = 'http://localhost:3100';
  const outbox = path.join(tmpdir(), `ia-test-outbox-${randomUUID()}`);
  const api = await startApi(
    readConfig({
      IA_API_PORT: '0',
      IA_API_DATABASE_URL: urls.app,
      IA_AUTH_DATABASE_URL: urls.auth,
      IA_AUTH_SECRET: randomBytes(32).toString('base64url'),
      IA_SECRET_KEY: randomBytes(32).toString('base64'),
      // Nothing is there until a test puts it there.
      IA_BLOB_URL: pathToFileURL(path.join(tmpdir(), `ia-test-blobs-${randomUUID()}`)).href,
      IA_PUBLIC_PORTAL_URL: portalOrigin,
      IA_MAIL_OUTBOX: outbox,
      ...overrides,
    }),
    log,
  );
  return {
    url: api.url,
    graphqlUrl: `${api.url}/graphql`,
    websocketUrl: `ws://localhost:${api.port}/graphql`,
    portalOrigin,
    outbox,
    close: async () => {
      await api.stop();
      await rm(outbox, { recursive: true, force: true });
    },
  };
};
