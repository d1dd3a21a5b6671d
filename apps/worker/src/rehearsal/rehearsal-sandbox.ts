import { totalmem } from 'node:os';
import { createSandboxPool, type SandboxPool, type SandboxPoolOptions } from '@ia-modules/plugin-host';

/** One for the version of then, one for the new one. */
const MAX_PROCESSES = 2;
const IDLE_MS = 10_000;
const MIN_MEMORY_MB = 1_024;
const MEBIBYTE = 1_024 * 1_024;
/** Longer than any plugin is kept waiting for its crashes. */
const PASSING_MS = 3_600_000;

/**
 * Opens the processes that rehearsals have for themselves, so that they take no place of a run. Who crashes is started again at once:
 * how often that may be, the number of samples says.
 */
export const openRehearsalSandbox = (
  options: Pick<SandboxPoolOptions, 'level' | 'onProcess'>,
): Promise<SandboxPool> => {
  let now = 0;
  return createSandboxPool({
    ...options,
    maxProcesses: MAX_PROCESSES,
    maxProcessesPerPlugin: 1,
    maxMemoryMb: Math.max(Math.floor(totalmem() / MEBIBYTE / 4), MIN_MEMORY_MB),
    idleMs: IDLE_MS,
    now: () => (now += PASSING_MS),
  });
};
