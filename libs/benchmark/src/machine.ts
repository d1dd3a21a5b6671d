import os from 'node:os';
import type { BenchmarkReport } from './report.ts';

/** What figures are taken on. */
export const readMachine = (): BenchmarkReport['machine'] => ({
  cpu: os.cpus()[0]?.model ?? 'unknown',
  cores: os.availableParallelism(),
  memoryGb: Math.round(os.totalmem() / 2 ** 30),
  node: process.versions.node,
});
