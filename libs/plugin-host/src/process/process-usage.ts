import { readFileSync } from 'node:fs';

export type ProcessUsage = {
  /** User and system time of the process and all below it. */
  readonly cpuMs: number;
  /** Anonymous memory in RAM: heap and array buffers, without mapped files. */
  readonly memoryBytes: number;
};

const CLOCK_TICKS_PER_S = 100;
const UTIME_FIELD = 11;
const STIME_FIELD = 12;
const MAX_PROCESSES = 64;

/** Reads what a process tree uses from /proc (Linux); null when it is gone or there is no /proc. */
export const readProcessUsage = (rootPid: number): ProcessUsage | null => {
  const pids = [rootPid];
  let cpuTicks = 0;
  let memoryKb = 0;
  try {
    for (let i = 0; i < pids.length && i < MAX_PROCESSES; i++) {
      const pid = pids[i];
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      cpuTicks += Number(fields[UTIME_FIELD]) + Number(fields[STIME_FIELD]);
      memoryKb += Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0);
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
      if (children !== '') pids.push(...children.split(' ').map(Number));
    }
  } catch {
    return null;
  }
  return { cpuMs: (cpuTicks * 1_000) / CLOCK_TICKS_PER_S, memoryBytes: memoryKb * 1_024 };
};
