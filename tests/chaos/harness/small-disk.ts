import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { TestDatabase } from '@ia-modules/database/testing';
import { onTestFinished } from 'vitest';
import { createDatabase } from './chaos-server.ts';

export type ToDisk = 'fill' | 'make_room';
export type FromDisk = Readonly<{ type: 'started'; adminUrl: string } | { type: 'done' }>;

/** A database on a disk that can be full. */
export type SmallDisk = {
  readonly database: TestDatabase;
  readonly fill: () => Promise<void>;
  readonly makeRoom: () => Promise<void>;
};

const SCRIPT = fileURLToPath(new URL('small-disk-server.ts', import.meta.url));
const NAMESPACE = ['--user', '--map-root-user', '--mount', '--'] as const;

/** Whether this system lets us have a disk of our own. */
export const canHaveSmallDisk = (): boolean =>
  process.platform === 'linux' &&
  spawnSync('unshare', [...NAMESPACE, 'mount', '-t', 'tmpfs', 'tmpfs', os.tmpdir()]).status === 0;

/** To be called within a test, which ends the server and its disk. */
export const startSmallDisk = async (): Promise<SmallDisk> => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ia-chaos-disk-'));
  const flags = ['--conditions=ia-src', '--disable-warning=ExperimentalWarning'];
  const child = spawn('unshare', [...NAMESPACE, process.execPath, ...flags, SCRIPT, folder], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.disconnect();
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });
  const started = await nextMessage(child);
  if (started.type !== 'started') throw new Error('The disk did something before it was there.');
  const ask = async (message: ToDisk): Promise<void> => {
    child.send(message);
    await nextMessage(child);
  };
  return {
    database: await createDatabase(started.adminUrl),
    fill: () => ask('fill'),
    makeRoom: () => ask('make_room'),
  };
};

const nextMessage = (child: ChildProcess): Promise<FromDisk> => {
  const { promise, resolve, reject } = Promise.withResolvers<FromDisk>();
  const onExit = (): void => reject(new Error('The server on the small disk ended.'));
  child.once('message', (message: FromDisk) => resolve(message)).once('exit', onExit);
  return promise.finally(() => child.off('exit', onExit));
};
