import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '@ia-modules/dev/platform';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

type Start = Readonly<{
  child: ChildProcess;
  output: () => string;
  ready: Promise<void>;
  ended: Promise<number | null>;
}>;

let dataDir: string;
let ports: Record<string, string>;
const started = new Set<ChildProcess>();

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'ia-start-stop-'));
  const [portal, api, registry] = await Promise.all([freePort(), freePort(), freePort()]);
  ports = { IA_PORTAL_PORT: String(portal), IA_API_PORT: String(api), IA_REGISTRY_PORT: String(registry) };
});

afterEach(async () => {
  for (const child of started) child.kill('SIGKILL');
  started.clear();
  await until(() => processesOf(dataDir).length === 0);
});

afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** `npm start` without npm. */
function start(env: Readonly<Record<string, string>> = {}): Start {
  const child = spawn(process.execPath, ['--conditions=ia-src', 'apps/dev/src/main.ts'], {
    cwd: root,
    env: { ...process.env, ...ports, IA_DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.add(child);
  let output = '';
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const ready = new Promise<void>((resolve, reject) => {
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ready.')) resolve();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    void ended.then((code) => reject(new Error(`ended with code ${code} before it was ready:\n${output}`)));
  });
  ready.catch(() => {});
  return { child, output: () => output, ready, ended };
}

/** Every process that has the data folder in its environment or its command. */
function processesOf(folder: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .filter((pid) => [read(`/proc/${pid}/environ`), read(`/proc/${pid}/cmdline`)].some((text) => text.includes(folder)))
    .filter((pid) => !/^\d+ \(.*\) Z/s.test(read(`/proc/${pid}/stat`)));
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe.runIf(process.platform === 'linux')('npm start', () => {
  test('starts everything, refuses a second instance, and leaves no process behind', async () => {
    const first = start();
    await first.ready;
    const file = path.join(dataDir, 'platform.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const access = JSON.parse(readFileSync(file, 'utf8'));
    expect(access).toEqual({
      portal: `http://localhost:${ports.IA_PORTAL_PORT}`,
      graphql: `http://localhost:${ports.IA_API_PORT}/graphql`,
      registry: `http://localhost:${ports.IA_REGISTRY_PORT}`,
      demo: {
        tenant: 'demo',
        email: expect.stringContaining('@'),
        password: expect.any(String),
        apiToken: expect.stringMatching(/^ia_/),
      },
      operator: {
        email: expect.stringContaining('@'),
        password: expect.any(String),
        publishers: { 'ia-modules': expect.stringMatching(/^ia_/), 'open-plugins': expect.stringMatching(/^ia_/) },
      },
    });
    for (const { password } of [access.demo, access.operator]) expect(first.output()).toContain(password);

    const second = start();
    expect(await second.ended).not.toBe(0);
    expect(second.output()).toContain(`already runs`);
    expect(second.output()).toContain(`process ${first.child.pid}`);

    first.child.kill('SIGINT');
    expect(await first.ended).toBe(0);
    expect(processesOf(dataDir)).toEqual([]);

    const again = start();
    await again.ready;
    expect(JSON.parse(readFileSync(file, 'utf8')).demo).toMatchObject({
      email: access.demo.email,
      password: access.demo.password,
    });
    again.child.kill('SIGTERM');
    expect(await again.ended).toBe(0);
    expect(processesOf(dataDir)).toEqual([]);
  });

  test('after kill -9 of itself no service stays, and the next start works; also when PostgreSQL was killed', async () => {
    const first = start();
    await first.ready;
    const pids = processesOf(dataDir);
    first.child.kill('SIGKILL');
    await first.ended;
    for (const pid of pids) if (read(`/proc/${pid}/cmdline`).includes('postgres')) kill(pid);
    await until(() => processesOf(dataDir).length === 0);

    writeFileSync(path.join(dataDir, 'secrets.json'), '{"authSecret":');
    const second = start();
    await second.ready;
    expect(second.output()).toContain('was damaged');
    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(0);
    expect(processesOf(dataDir)).toEqual([]);
  });

  test('a taken port is named with what to set, and nothing stays', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(Number(ports.IA_API_PORT), '127.0.0.1', resolve));
    try {
      const attempt = start();
      expect(await attempt.ended).toBe(1);
      expect(attempt.output()).toContain(`Port ${ports.IA_API_PORT}`);
      expect(attempt.output()).toContain('IA_API_PORT=');
      expect(processesOf(dataDir)).toEqual([]);
    } finally {
      server.close();
    }
  });

  test('a wrong setting is named', async () => {
    const attempt = start({ IA_API_PORT: 'many' });
    expect(await attempt.ended).toBe(1);
    expect(attempt.output()).toContain('IA_API_PORT');
  });

  test('a data folder that cannot be made is named', async () => {
    const file = path.join(dataDir, 'a-file');
    writeFileSync(file, '');
    const attempt = start({ IA_DATA_DIR: path.join(file, 'data') });
    expect(await attempt.ended).toBe(1);
    expect(attempt.output()).toContain(path.join(file, 'data'));
  });
});

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself first.
  }
}
