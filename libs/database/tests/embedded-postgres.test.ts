import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '@ia-modules/database/embedded-postgres';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';

// Each start makes or recovers a data directory.
vi.setConfig({ testTimeout: 120_000 });

let folder: string;
let dataDir: string;
const running: EmbeddedPostgres[] = [];
const reports: string[] = [];

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ia-embedded-'));
  dataDir = path.join(folder, 'postgres');
});

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  reports.length = 0;
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({
    dataDir,
    port: 0,
    superuserPassword: "it's a password",
    isDurable: false,
    report: (message) => reports.push(message),
    ...options,
  });
  running.push(server);
  return server;
}

async function query(server: EmbeddedPostgres, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: server.adminUrl });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

const gone = (pid: number) => vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 60_000 });

test('what was written is there after a stop and a start', async () => {
  const first = await start();
  await query(first, 'create table kept (id int); insert into kept values (1)');
  await first.stop();
  expect(isAlive(first.pid)).toBe(false);
  expect(await query(await start(), 'select id from kept')).toEqual([{ id: 1 }]);
  expect(reports).toEqual([]);
});

test('it listens on loopback alone and asks for the password', async () => {
  const server = await start();
  expect(await query(server, `select current_setting('listen_addresses') as addresses`)).toEqual([
    { addresses: '127.0.0.1' },
  ]);
  const url = new URL(server.adminUrl);
  url.password = 'wrong';
  const client = new Client({ connectionString: url.toString() });
  await expect(client.connect()).rejects.toThrow('password authentication failed');
});

test('a killed server is started again with its data', async () => {
  const killed = await start();
  process.kill(killed.pid, 'SIGKILL');
  await gone(killed.pid);
  expect(await query(await start(), 'select id from kept')).toEqual([{ id: 1 }]);
});

test('the note of a server that is gone does not stand in the way, whoever has its number now', async () => {
  writeFileSync(
    path.join(dataDir, 'postmaster.pid'),
    `${process.pid}\n${dataDir}\n1700000000\n5432\n\n127.0.0.1\n\nready\n`,
  );
  expect(await query(await start(), 'select id from kept')).toEqual([{ id: 1 }]);
});

test('a server that still runs is used, or stopped when another port is wanted', async () => {
  const first = await start();
  const same = await start({ port: first.port });
  expect(same.pid).toBe(first.pid);
  const other = await start({ port: await freePort() });
  expect(isAlive(first.pid)).toBe(false);
  expect(reports).toEqual([expect.stringContaining(`process ${first.pid}`)]);
  expect(await query(other, 'select id from kept')).toEqual([{ id: 1 }]);
});

test('a lost password is set again', async () => {
  const server = await start({ superuserPassword: 'another' });
  expect(await query(server, 'select id from kept')).toEqual([{ id: 1 }]);
  expect(reports).toEqual([expect.stringContaining('password')]);
});

test.runIf(process.platform === 'linux')('it ends when the process that started it is killed', async () => {
  const directory = path.join(folder, 'orphan');
  const script = path.join(import.meta.dirname, 'start-postgres-and-wait.ts');
  const child = spawn(process.execPath, ['--conditions=ia-src', script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = await new Promise<number>((resolve) => {
    child.stdout.once('data', (data) => resolve(Number(data)));
  });
  expect(isAlive(pid)).toBe(true);
  child.kill('SIGKILL');
  await gone(pid);
});

test.runIf(process.getuid?.() === 0)(
  'root without user namespaces runs it as an ordinary user, below private folders too',
  async () => {
    const sharedDirectory = path.join(os.tmpdir(), `ia-embedded-shared-${process.pid}`);
    try {
      const server = await start({
        dataDir: path.join(folder, 'private'),
        launch: { kind: 'dropped', sharedDirectory },
      });
      expect(statSync(`/proc/${server.pid}`).uid).not.toBe(0);
      expect(server.dataDir.startsWith(sharedDirectory)).toBe(true);
      expect(reports).toEqual([expect.stringContaining(server.dataDir)]);
      expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
      await server.stop();
    } finally {
      rmSync(sharedDirectory, { recursive: true, force: true });
    }
  },
);

test('an initialisation that was cut short is done again', async () => {
  const directory = path.join(folder, 'cut-short');
  mkdirSync(`${directory}.initdb/base`, { recursive: true });
  expect(await query(await start({ dataDir: directory }), 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(readdirSync(folder).filter((name) => name.startsWith('cut-short.initdb'))).toEqual([]);
});

test('a folder that is no data directory is moved aside, not deleted', async () => {
  const directory = path.join(folder, 'strange');
  mkdirSync(directory);
  writeFileSync(path.join(directory, 'mine.txt'), 'mine');
  await start({ dataDir: directory });
  const aside = readdirSync(folder).find((name) => name.startsWith('strange.unusable-'));
  expect(readFileSync(path.join(folder, aside ?? '', 'mine.txt'), 'utf8')).toBe('mine');
  expect(reports).toEqual([expect.stringContaining(aside ?? 'a folder moved aside')]);
});

test('data of another PostgreSQL version is left alone', async () => {
  const versionFile = path.join(dataDir, 'PG_VERSION');
  const version = readFileSync(versionFile, 'utf8');
  writeFileSync(versionFile, '15\n');
  await expect(start()).rejects.toMatchObject({ code: 'IA_DATABASE_DATA', message: expect.stringContaining('15') });
  writeFileSync(versionFile, version);
});

test('a taken port is named with what to do', async () => {
  const taken = createServer();
  const port = await new Promise<number>((resolve) => {
    taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port));
  });
  await expect(start({ port })).rejects.toMatchObject({
    code: 'IA_DATABASE_PORT',
    message: expect.stringContaining(String(port)),
    hint: expect.stringContaining('IA_POSTGRES_PORT'),
  });
  taken.close();
});

test('a folder that can not be made is named', async () => {
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  await expect(start({ dataDir: path.join(file, 'postgres') })).rejects.toMatchObject({ code: 'IA_DATABASE_DATA' });
});

async function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
