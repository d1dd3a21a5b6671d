import type { ChildProcess } from 'node:child_process';
import process from 'node:process';

const GRACE_MS = 2_000;

/** Asks a program and all that it started to end, and makes them when they do not. */
export const endGroup = (child: ChildProcess): void => {
  signalGroup(child, 'SIGTERM');
  const timer = setTimeout(() => killGroup(child), GRACE_MS);
  child.once('close', () => clearTimeout(timer));
};

export const killGroup = (child: ChildProcess): void => signalGroup(child, 'SIGKILL');

const signalGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody of the group is left.
  }
};
