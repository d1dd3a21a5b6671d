import v8 from 'node:v8';
import vm from 'node:vm';

export type MemorySweepOptions = {
  /** @default 5000 */
  readonly intervalMs?: number;
  /** What may gather above the level after the last sweep. @default 48 MiB */
  readonly toleranceBytes?: number;
  /** Below this share of one core the process counts as idle. @default 0.1 */
  readonly idleShare?: number;
};

const MEBIBYTE = 2 ** 20;

/**
 * Gives memory back that a burst of work has left behind: V8 sees no reason to collect garbage in a process that does nothing, and
 * keeps the pages that it has emptied. Sweeps only while the process is idle. Returns what ends it.
 */
export const startMemorySweep = (options: MemorySweepOptions = {}): (() => void) => {
  const { intervalMs = 5_000, toleranceBytes = 48 * MEBIBYTE, idleShare = 0.1 } = options;
  const sweep = exposeSweep();
  let levelBytes = process.memoryUsage.rss();
  let usage = process.cpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(usage);
    usage = process.cpuUsage();
    if ((user + system) / 1_000 > intervalMs * idleShare) return;
    if (process.memoryUsage.rss() - levelBytes < toleranceBytes) return;
    sweep();
    levelBytes = process.memoryUsage.rss();
    usage = process.cpuUsage();
  }, intervalMs).unref();
  return () => clearInterval(timer);
};

type Collect = (options: {
  readonly type: 'major';
  readonly execution: 'sync';
  readonly flavor: 'last-resort';
}) => void;

const exposeSweep = (): (() => void) => {
  v8.setFlagsFromString('--expose-gc');
  const collect = vm.runInNewContext('gc') as Collect;
  return () => collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
};
