import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

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
    expect((await once(child, 'message'))[0]).toEqual({ type: 'ready' });
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
    expect(await exit).toBe(3);
    expect(stderr()).toContain(`Port ${port} is taken.`);
    other.close();
  });

  it('names a setting that is missing', async () => {
    const { exit, stderr } = spawnApi({ IA_AUTH_SECRET: 'short' });
    expect(await exit).toBe(3);
    expect(stderr()).toContain('IA_AUTH_SECRET');
  });
});
