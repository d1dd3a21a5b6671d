import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from './is-alive.ts';

export type Postmaster = { readonly pid: number; readonly port: number };

const FAST_SHUTDOWN_MS = 20_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;
const POLL_MS = 25;

/** Reads who runs on a data directory; removes the note of a server that is gone. */
export function findPostmaster(dataDir: string): Postmaster | undefined {
  const noteFile = path.join(dataDir, 'postmaster.pid');
  const lines = readLines(noteFile);
  if (lines === undefined) return undefined;
  const pid = Math.abs(Number(lines[0]));
  if (Number.isInteger(pid) && pid > 1 && isPostgres(pid, dataDir)) return { pid, port: Number(lines[3]) };
  rmSync(noteFile, { force: true });
  return undefined;
}

/** Stops a server: transactions are rolled back, the data directory is left clean; at last without a checkpoint. */
export async function stopPostmaster(pid: number): Promise<void> {
  if (!signal(pid, 'SIGINT')) return;
  if (await hasEnded(pid, FAST_SHUTDOWN_MS)) return;
  if (!signal(pid, 'SIGQUIT')) return;
  if (await hasEnded(pid, IMMEDIATE_SHUTDOWN_MS)) return;
  signal(pid, 'SIGKILL');
  await hasEnded(pid, IMMEDIATE_SHUTDOWN_MS);
}

async function hasEnded(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (!isAlive(pid)) return true;
    await delay(POLL_MS);
  }
  return !isAlive(pid);
}

function isPostgres(pid: number, dataDir: string): boolean {
  if (!isAlive(pid)) return false;
  const command = commandLine(pid);
  return command === undefined || (command.includes('postgres') && command.includes(dataDir));
}

/** The command of a process, or undefined where the system does not tell. */
function commandLine(pid: number): string | undefined {
  if (process.platform === 'win32') return undefined;
  if (process.platform === 'linux') {
    const lines = readLines(`/proc/${pid}/cmdline`);
    return lines?.join('\n').replaceAll('\0', ' ');
  }
  const listed = spawnSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' });
  return listed.status === 0 ? listed.stdout : undefined;
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readLines(file: string): string[] | undefined {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return undefined;
  }
}
