import { readProcessUsage } from './process-usage.ts';

export type UsageLimits = { readonly cpuMs: number; readonly memoryMb: number };

/** What a process has used, and for which of its calls. */
export type UsageMeter = {
  /** Of the whole life of the process. */
  readonly totalCpuMs: () => number;
  readonly begin: (callId: number) => void;
  readonly finish: (callId: number) => void;
  readonly stop: () => void;
};

export type UsageMeterInit = {
  readonly pid: number;
  readonly limits: UsageLimits;
  /** `callId` is the call that used too much, where one can be told. */
  readonly onBreach: (what: string, callId: number | undefined) => void;
};

type Metered = { begunAt: number; cpuMs: number };

const TICK_MS = 100;
/** A process without calls is looked at this often. */
const IDLE_TICKS = 10;
/** What a process may go on working after its last call. */
const IDLE_CPU_MS = 1_000;
const DENO_MEMORY_BYTES = 64 * 1024 * 1024;
const MEBIBYTE = 1024 * 1024;

/**
 * Looks at a process every 100 ms, never in a call's way. The CPU time between two looks is shared out to the calls by how long each
 * of them ran meanwhile: of several at once, nobody outside can tell which one works.
 */
export const createUsageMeter = ({ pid, limits, onBreach }: UsageMeterInit): UsageMeter => {
  const calls = new Map<number, Metered>();
  const state = { lookedAt: performance.now(), totalCpuMs: 0, idleCpuMs: 0, finishedMs: 0, ticks: 0 };

  const charge = (usedMs: number, at: number): void => {
    const overlaps = [...calls].map(([id, call]) => ({ id, call, ms: at - Math.max(call.begunAt, state.lookedAt) }));
    const sumMs = overlaps.reduce((sum, { ms }) => sum + ms, state.finishedMs);
    if (sumMs <= 0) state.idleCpuMs += usedMs;
    for (const { id, call, ms } of overlaps) {
      call.cpuMs += sumMs > 0 ? (usedMs * ms) / sumMs : 0;
      if (call.cpuMs > limits.cpuMs) onBreach(`used more than ${limits.cpuMs} ms of CPU time`, id);
    }
    if (state.idleCpuMs > IDLE_CPU_MS) onBreach('goes on working after its calls', undefined);
  };

  const look = (): void => {
    if (calls.size === 0 && state.finishedMs === 0 && ++state.ticks % IDLE_TICKS !== 0) return;
    const usage = readProcessUsage(pid);
    if (usage === null) return;
    const at = performance.now();
    charge(Math.max(usage.cpuMs - state.totalCpuMs, 0), at);
    state.totalCpuMs = usage.cpuMs;
    state.lookedAt = at;
    state.finishedMs = 0;
    if (usage.memoryBytes > limits.memoryMb * MEBIBYTE + DENO_MEMORY_BYTES) {
      onBreach(`used more than ${limits.memoryMb} MB of memory`, undefined);
    }
  };
  const timer = setInterval(look, TICK_MS);
  timer.unref();

  return {
    totalCpuMs: () => state.totalCpuMs,
    begin: (callId) => {
      state.idleCpuMs = 0;
      calls.set(callId, { begunAt: performance.now(), cpuMs: 0 });
    },
    finish: (callId) => {
      const call = calls.get(callId);
      if (call !== undefined) state.finishedMs += performance.now() - Math.max(call.begunAt, state.lookedAt);
      calls.delete(callId);
    },
    stop: () => clearInterval(timer),
  };
};
