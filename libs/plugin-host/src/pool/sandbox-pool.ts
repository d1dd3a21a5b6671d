import { contributionsOf, type Json, PlatformError } from '@ia-modules/plugin-sdk';
import { createGuardedFetch, type GuardedFetch } from '../net/guarded-fetch.ts';
import type { CageKind } from '../process/cage-layout.ts';
import { createLauncher, type Launcher, type SandboxLevel } from '../process/launcher.ts';
import { limitError, type SandboxProcess } from '../process/sandbox-process.ts';
import { readProcessUsage } from '../process/process-usage.ts';
import type { InstalledPlugin, SandboxCall } from '../plugin-call.ts';
import { createScrub } from '../scrub.ts';
import { isNetGranted, permittedSecrets, processKey } from './permissions.ts';
import { canceledError, runCall } from './run-call.ts';
import { Slots } from './slots.ts';

export type SandboxPoolOptions = {
  /** @default 'caged'; `process` isolates less and is the operator's decision. */
  readonly level?: SandboxLevel;
  /** Processes alive at once. @default 8 */
  readonly maxProcesses?: number;
  /** Processes alive at once for one tenant, plugin and grant. @default 2 */
  readonly maxProcessesPerPlugin?: number;
  /** `host` or `host:port` of the own network that plugins may reach when granted. @default [] */
  readonly egressAllow?: readonly string[];
  /** Which cages to try, in order. @default bubblewrap, then unshare */
  readonly cages?: readonly CageKind[];
};

export type SandboxPool = {
  readonly level: SandboxLevel;
  readonly cage: CageKind | null;
  /** Why this machine can't isolate plugins at this level, so that every call rejects with it; null when it can. */
  readonly problem: PlatformError | null;
  /**
   * Runs one step of a plugin and returns its output.
   *
   * @throws PluginError what the plugin threw, with its own name and `retryable`.
   * @throws PlatformError `IA_TASK_TIMEOUT`, `IA_PLUGIN_LIMIT`, `IA_PLUGIN_CRASHED`, `IA_PLUGIN_PROTOCOL`, `IA_PLUGIN_STEP`,
   *   `IA_PLUGIN_CANCELED`, `IA_PLUGIN_SANDBOX`.
   */
  readonly call: (call: SandboxCall) => Promise<Json>;
  /** Loads a plugin in the sandbox, without any grant, and returns the names of its steps. */
  readonly describe: (plugin: InstalledPlugin) => Promise<readonly string[]>;
  /** Kills every process; running calls reject. */
  readonly close: () => Promise<void>;
};

const DEFAULT_MAX_PROCESSES = 8;
const DEFAULT_MAX_PER_PLUGIN = 2;
const START_TIMEOUT_MS = 20_000;
const RETIRE_CPU_MS = 600_000;
const DESCRIBING_TENANT = '';

/**
 * Starts a pool of sandbox processes: one tenant, plugin version and grant per process, kept warm, least recently used first
 * to go. It starts on any machine, since most work needs no plugin of others; see `problem`.
 */
export const createSandboxPool = async (options: SandboxPoolOptions = {}): Promise<SandboxPool> => {
  const level = options.level ?? 'caged';
  const launcher = await createLauncher(level, options.cages).catch((error) => unavailable(level, error));
  const net = createGuardedFetch({ egressAllow: options.egressAllow ?? [] });
  const slots = new Slots<SandboxProcess>({
    max: options.maxProcesses ?? DEFAULT_MAX_PROCESSES,
    maxPerKey: options.maxProcessesPerPlugin ?? DEFAULT_MAX_PER_PLUGIN,
    isUsable: (process) => process.isAlive() && (readProcessUsage(process.pid)?.cpuMs ?? 0) < RETIRE_CPU_MS,
    discard: async (process) => {
      process.kill(closedError());
      await process.ended;
    },
  });
  const lastCall = { id: 0 };

  const withProcess = async <T>(request: Lease, use: (process: SandboxProcess) => Promise<T>): Promise<T> => {
    const { key, plugin, signal } = request;
    const slot = await slots.acquire({ key, start: () => launcher.start(plugin), signal });
    try {
      await awaitReady(slot.value, plugin);
      return await use(slot.value);
    } finally {
      slot.release();
    }
  };

  return {
    level: launcher.level,
    cage: launcher.cage,
    problem: launcher.problem,
    call: async (call) => {
      checkStep(
        call,
        contributionsOf(call.plugin.manifest).map((contribution) => contribution.name),
      );
      try {
        return await withProcess({ ...call, key: processKey(call) }, async (process) => {
          checkStep(call, await process.ready);
          return await runCall({ ...prepare(call, net), callId: ++lastCall.id, process });
        });
      } catch (error) {
        throw call.signal?.aborted === true && error === call.signal.reason ? canceledError(call) : error;
      }
    },
    describe: async (plugin) => {
      const grant = { net: [], secrets: [], blobs: false };
      const key = processKey({ tenantId: DESCRIBING_TENANT, plugin, grant });
      return await withProcess({ key, plugin }, (process) => process.ready);
    },
    close: async () => {
      await slots.close(closedError());
      await net.close();
    },
  };
};

const unavailable = (level: SandboxLevel, error: unknown): Launcher => {
  if (!(error instanceof PlatformError)) throw error;
  return { level, cage: null, problem: error, start: () => Promise.reject(error) };
};

type Lease = { readonly key: string; readonly plugin: InstalledPlugin; readonly signal?: AbortSignal };

const prepare = (call: SandboxCall, net: GuardedFetch) => {
  const secrets = permittedSecrets(call);
  return {
    call,
    secrets,
    net: net.restrict(isNetGranted(call)),
    scrub: createScrub(Object.values(secrets), { [call.plugin.directory]: '/plugin' }),
  };
};

const awaitReady = async (process: SandboxProcess, plugin: InstalledPlugin): Promise<void> => {
  const timer = setTimeout(() => process.kill(limitError(plugin.name, 'does not load in time')), START_TIMEOUT_MS);
  try {
    await process.ready;
  } finally {
    clearTimeout(timer);
  }
};

const checkStep = ({ plugin, kind, name }: SandboxCall, names: readonly string[]): void => {
  if (names.includes(name)) return;
  throw new PlatformError({
    code: 'IA_PLUGIN_STEP',
    message: `${plugin.name}@${plugin.version} has no ${kind} "${name}".`,
    hint: names.length === 0 ? undefined : `It has: ${names.join(', ')}.`,
  });
};

const closedError = (): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_CRASHED',
    message: 'The sandbox pool is closed.',
    fault: 'infra',
    disposition: 'retry',
  });
