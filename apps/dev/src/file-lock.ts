import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, startTimeOf } from './process-table.ts';

export type LockHolder = Readonly<{ pid: number; startTime: string | undefined }>;
export type LockResult = Readonly<{ held: true; release: () => void }> | Readonly<{ held: false; holder: LockHolder }>;

const POLL_MS = 250;

/** Takes a lock file, also over a holder that is gone; tells who holds it when it is not free. */
export function tryLock(file: string): LockResult {
  mkdirSync(path.dirname(file), { recursive: true });
  const own: LockHolder = { pid: process.pid, startTime: startTimeOf(process.pid) };
  for (;;) {
    if (createExclusively(file, JSON.stringify(own))) {
      return { held: true, release: () => rmSync(file, { force: true }) };
    }
    const content = read(file);
    if (content === undefined) continue;
    const holder = parseHolder(content);
    if (holder !== undefined && isHolderAlive(holder)) return { held: false, holder };
    removeStale(file, content);
  }
}

/** Waits for the lock; `onWait` is told once who holds it. */
export async function waitForLock(file: string, onWait: (holder: LockHolder) => void = () => {}): Promise<() => void> {
  for (let isTold = false; ; isTold = true) {
    const result = tryLock(file);
    if (result.held) return result.release;
    if (!isTold) onWait(result.holder);
    await delay(POLL_MS);
  }
}

/** Written beside and linked into place, so that nobody ever reads a half-written lock. */
function createExclusively(file: string, content: string): boolean {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Of several processes that find the same stale lock, one may have taken it over already: its lock is put back. */
function removeStale(file: string, staleContent: string): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const taken = read(aside);
  if (taken !== undefined && taken !== staleContent) createExclusively(file, taken);
  rmSync(aside, { force: true });
}

function isHolderAlive(holder: LockHolder): boolean {
  return isAlive(holder.pid) && (holder.startTime === undefined || holder.startTime === startTimeOf(holder.pid));
}

function parseHolder(content: string): LockHolder | undefined {
  try {
    const value = JSON.parse(content) as Partial<LockHolder>;
    return typeof value.pid === 'number' ? { pid: value.pid, startTime: value.startTime } : undefined;
  } catch {
    return undefined;
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
