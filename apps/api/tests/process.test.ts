import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { startTestApi } from '@ia-modules/api/testing';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from './graphql-client.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

let database: TestDatabase;
const children: ChildProcess[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await database?.drop();
});

type Spawned = { readonly child: ChildProcess; readonly exit: Promise<number | null>; readonly stderr: () => string };

const spawnApi = (overrides: Readonly<Record<string, string>> = {}): Spawned => {
  const child = fork(MAIN, {
    execArgv: ['--conditions=ia-src'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      IA_API_PORT: '0',
      IA_API_DATABASE_URL: database.urls.app,
      IA_AUTH_DATABASE_URL: database.urls.auth,
      IA_AUTH_SECRET: 'x'.repeat(32),
      IA_BLOB_URL: 'file:///nowhere',
      IA_SECRET_KEY: Buffer.alloc(32).toString('base64'),
      ...overrides,
    },
  });
  children.push(child);
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  return { child, exit, stderr: () => stderr };
};

describe('the API as a process', () => {
  it('says when it is ready and ends cleanly on SIGTERM', async () => {
    const { child, exit } = spawnApi();
    expect((await once(child, 'message'))[0]).toMatchObject({ type: 'ready' });
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
  });

  it('ends when its parent goes away', async () => {
    const { child, exit } = spawnApi();
    await once(child, 'message');
    child.disconnect();
    expect(await exit).toBe(0);
  });

  it('names the port that is taken', async () => {
    const other: Server = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const { exit, stderr } = spawnApi({ IA_API_PORT: port });
    expect(await exit).toBe(2);
    expect(stderr()).toContain(`Port ${port} is taken`);
    other.close();
  });

  it('names a setting that is missing', async () => {
    const { exit, stderr } = spawnApi({ IA_AUTH_SECRET: 'short' });
    expect(await exit).toBe(2);
    expect(stderr()).toContain('IA_AUTH_SECRET');
  });
});

describe('the API without its database', () => {
  it('is up, says that it is not ready, and shows nothing of the reason', async () => {
    const nowhere = 'postgresql://app:hunter2@127.0.0.1:1/nowhere';
    const api = await startTestApi({ ...database, urls: { ...database.urls, app: nowhere, auth: nowhere } });
    try {
      expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
      const ready = await fetch(`${api.url}/readyz`);
      expect([ready.status, await ready.json()]).toEqual([
        503,
        { status: 'unavailable', checks: { database: false, auth: false } },
      ]);
      const answer = await send(api, { query: '{ plugins { nodes { name } } }' });
      expect(answer.errors?.[0]?.extensions?.['code']).toBe('IA_DATABASE_UNAVAILABLE');
      expect(JSON.stringify(answer)).not.toMatch(/hunter2|ECONNREFUSED|127\.0\.0\.1/);
    } finally {
      await api.close();
    }
  });
});
