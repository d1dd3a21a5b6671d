import { totalmem } from 'node:os';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { HealthCall } from '../plugin-call.ts';
import type { SandboxProcess } from '../process/sandbox-process.ts';
import { closedError } from './call-errors.ts';
import { type Slot, Slots } from './slots.ts';

export type ProcessSlotsOptions = {
  readonly maxProcesses?: number;
  readonly maxProcessesPerPlugin?: number;
  readonly maxProcessesPerTenant?: number;
  readonly maxMemoryMb?: number;
  readonly idleMs?: number;
};

type Request = { readonly key: string; readonly call: HealthCall; readonly start: () => Promise<SandboxProcess> };

/** The processes of a pool, apart for each depth of calls of plugins by plugins. */
export type ProcessSlots = {
  /** @throws PlatformError `IA_PLUGIN_DEPENDENCY` beyond the greatest depth, `IA_PLUGIN_LIMIT` when it can never fit */
  readonly acquire: (depth: number, request: Request) => Promise<Slot<SandboxProcess>>;
  readonly close: (reason: Error) => Promise<void>;
};

const DEFAULT_MAX_PROCESSES = 8;
const DEFAULT_MAX_PER_PLUGIN = 2;
const DEFAULT_IDLE_MS = 300_000;
const MIN_MEMORY_MB = 1_024;
const MEBIBYTE = 1024 * 1024;
/** Deno's own, on top of what the plugin may use. */
const DENO_MEMORY_MB = 64;
const RETIRE_CPU_MS = 600_000;
const MAX_DEPTH = 3;
const NESTED_SHARE = 8;
const NESTED_PROCESSES = 4;

/**
 * A call that waits for one that it made itself holds its own process meanwhile. Each depth has processes and memory of its own, so that
 * the deepest can always end, and with it those above.
 */
export const createProcessSlots = (options: ProcessSlotsOptions): ProcessSlots => {
  const max = options.maxProcesses ?? DEFAULT_MAX_PROCESSES;
  const memoryMb = options.maxMemoryMb ?? Math.max(Math.floor(totalmem() / MEBIBYTE / 2), MIN_MEMORY_MB);
  const nestedMb = Math.floor(memoryMb / NESTED_SHARE);
  const slotsFor = (isNested: boolean): Slots<SandboxProcess> => {
    const own = isNested ? Math.ceil(max / NESTED_PROCESSES) : max;
    const ownMb = isNested ? nestedMb : memoryMb - MAX_DEPTH * nestedMb;
    return new Slots({
      max: own,
      maxPerKey: options.maxProcessesPerPlugin ?? DEFAULT_MAX_PER_PLUGIN,
      maxPerTenant: Math.min(options.maxProcessesPerTenant ?? shareOf(own), own),
      maxWeight: ownMb,
      maxWeightPerTenant: shareOf(ownMb),
      idleMs: options.idleMs ?? DEFAULT_IDLE_MS,
      isUsable: (process) => process.isAlive() && process.totalCpuMs() < RETIRE_CPU_MS,
      discard: async (process) => {
        process.shutDown(closedError());
        await process.ended;
      },
      tooHeavy,
    });
  };
  const byDepth = Array.from({ length: MAX_DEPTH + 1 }, (_, depth) => slotsFor(depth > 0));
  return {
    acquire: async (depth, { key, call, start }) => {
      const slots = byDepth[depth];
      if (slots === undefined) throw tooDeep(call);
      const { permissions, concurrency } = call.plugin.manifest;
      const weight = permissions.memoryMb + DENO_MEMORY_MB;
      return await slots.acquire({
        key,
        tenantId: call.tenantId,
        weight,
        capacity: concurrency,
        start,
        signal: call.signal,
      });
    },
    close: async (reason) => void (await Promise.all(byDepth.map((slots) => slots.close(reason)))),
  };
};

/** Three quarters, and never all of several: a tenant whose calls last keeps no other one out. */
const shareOf = (whole: number): number => Math.max(Math.min(Math.ceil((whole * 3) / 4), whole - 1), 1);

const tooHeavy = (weight: number, maxWeight: number): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_LIMIT',
    message: `The plugin needs ${weight} MB, and the sandbox has ${maxWeight} MB for such calls.`,
    hint: 'The operator can give the sandbox more memory, or the plugin can ask for less memoryMb.',
    fault: 'infra',
  });

const tooDeep = ({ plugin }: HealthCall): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_DEPENDENCY',
    message: `${plugin.name} is called by plugins that call one another more than ${MAX_DEPTH} deep.`,
    fault: 'plugin',
  });
