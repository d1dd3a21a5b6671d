// A PostgreSQL on a small disk of its own. It runs in a mount namespace of its own, so that nobody else sees the disk and nothing
// of it is left when the process ends.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { startEmbeddedPostgres } from '@ia-modules/database/embedded-postgres';
import type { FromDisk, ToDisk } from './small-disk.ts';

const SIZE = '224m';
const CHUNK_BYTES = 64 * 1_024;

const [folder = ''] = process.argv.slice(2);
execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=777`, 'tmpfs', folder]);
const ballast = path.join(folder, 'ballast');
const options = { dataDir: path.join(folder, 'data'), superuserPassword: randomBytes(16).toString('hex') };
const first = await startEmbeddedPostgres({ ...options, port: 0 });
let server = first;

const fill = (): void => {
  const file = openSync(ballast, 'w');
  const chunk = Buffer.alloc(CHUNK_BYTES);
  try {
    for (;;) writeSync(file, chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
};

/** A server that the full disk has ended is started again, as its operator would. */
const makeRoom = async (): Promise<void> => {
  rmSync(ballast);
  server = await startEmbeddedPostgres({ ...options, port: first.port });
};

const tell = (message: FromDisk): void => {
  process.send?.(message);
};

const stop = async (): Promise<void> => {
  await server.stop();
  process.exit(0);
};

process.on('message', (message: ToDisk) => {
  const act = async (): Promise<void> => {
    if (message === 'fill') fill();
    else await makeRoom();
    tell({ type: 'done' });
  };
  act().catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
});
process.on('disconnect', () => void stop());
tell({ type: 'started', adminUrl: first.adminUrl });
