import { readFileSync } from 'node:fs';

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').filter(Boolean).map(Number);

const descendantsOf = (pid: number): readonly number[] =>
  childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);

/** Megabytes in RAM of everything below this process; what several share is counted once. */
export const memoryBelowMb = (): number => {
  const shares = descendantsOf(process.pid).map((pid) => {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
    return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
  });
  return shares.reduce((sum, kilobytes) => sum + kilobytes, 0) / 1_024;
};
