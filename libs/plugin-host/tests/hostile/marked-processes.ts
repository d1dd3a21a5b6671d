import { readdirSync, readFileSync } from 'node:fs';

/** The processes of this machine that carry the mark in their arguments or their environment, other than the ones to ignore. */
export const markedProcesses = (mark: string): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && carries(pid, mark));

const carries = (pid: number, mark: string): boolean => {
  try {
    if (/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) return false;
    return ['cmdline', 'environ'].some((file) => readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(mark));
  } catch {
    return false;
  }
};

export const killMarked = (mark: string): void => {
  for (const pid of markedProcesses(mark)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
};

/** The processes below this one that belong to a sandbox. */
export const sandboxProcesses = (): readonly number[] =>
  descendantsOf(process.pid).filter((pid) => carries(pid, '/guest') || carries(pid, '/deno'));

const descendantsOf = (pid: number): readonly number[] => {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ');
    const pids = children.filter((text) => text !== '').map(Number);
    return [...pids, ...pids.flatMap(descendantsOf)];
  } catch {
    return [];
  }
};
