import { readFileSync } from 'node:fs';

/** The kernel counts in ticks of 10 ms: measure over many requests. */
const TICK_MS = 10;

/** CPU time that a process has used so far in user and kernel mode, in milliseconds. */
export const cpuTimeMs = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
};
