import { type Json, type PlatformError, PluginError } from '@ia-modules/plugin-sdk';
import type { HostFrame } from '@ia-modules/plugin-sdk/protocol';
import { contractOf } from '../contract/call-contract.ts';
import { createGuardedFetch } from '../net/guarded-fetch.ts';
import { type HealthCall, type InstalledPlugin, type SandboxCall } from '../plugin-call.ts';
import type { CageKind } from '../process/cage-layout.ts';
import { createLauncher, type Launcher, type SandboxLevel, unavailableLauncher } from '../process/launcher.ts';
import type { SandboxProcess } from '../process/sandbox-process.ts';
import { createScrub } from '../scrub.ts';
import { canceledError, closedError } from './call-errors.ts';
import { createCrashBackoff } from './crash-backoff.ts';
import { portsOf } from './call-ports.ts';
import { fetchOf } from './call-net.ts';
import type { DescribedContribution } from './described-contribution.ts';
import { checkLoaded, untilReady } from './loaded-plugin.ts';
import { permittedSecrets, processKey } from './permissions.ts';
import { createProcessSlots, type ProcessSlots } from './process-slots.ts';
import { safeVerdict } from './safe-verdict.ts';
import { readDescriptions } from './read-descriptions.ts';
import { type CallRun, startCall } from './run-call.ts';
import type { Slot } from './slots.ts';

export type SandboxPoolOptions = {
  /** @default 'caged'; `process` isolates less and is the operator's decision. */
  readonly level?: SandboxLevel;
  /** Processes alive at once; calls of plugins by plugins have a quarter as many more at each depth. @default 8 */
  readonly maxProcesses?: number;
  /** Processes alive at once for one tenant, plugin and grant. @default 2 */
  readonly maxProcessesPerPlugin?: number;
  /** Processes that one tenant may keep busy at once. @default three quarters of all */
  readonly maxProcessesPerTenant?: number;
  /**
   * What the memory limits of all processes may be together, 64 MB for Deno in each included; those that one tenant keeps busy
   * get three quarters, or one process of any size.
   * @default half of the machine's
   */
  readonly maxMemoryMb?: number;
  /** A process without calls ends after so long. @default 300,000 */
  readonly idleMs?: number;
  /** Hears of each process when it has started and when it has ended. */
  readonly onProcess?: (event: 'started' | 'ended') => void;
  /** Hears, when a process has ended, the end of its error output, such as what code threw that was left over from a call. */
  readonly onErrorOutput?: (text: string) => void;
  /** `host` or `host:port` of the own network that plugins may reach when granted. @default [] */
  readonly egressAllow?: readonly string[];
  /** Which cages to try, in order. @default bubblewrap, then unshare */
  readonly cages?: readonly CageKind[];
  /** Milliseconds by which plugins whose process ends again and again wait. @default a monotonic clock */
  readonly now?: () => number;
};

export type SandboxPool = {
  readonly level: SandboxLevel;
  readonly cage: CageKind | null;
  /** Why this machine can't isolate plugins at this level, so that every call rejects with it; null when it can. */
  readonly problem: PlatformError | null;
  /**
   * Runs one contribution of a plugin and returns its output; both are checked against the manifest.
   *
   * @throws PluginError what the plugin threw, with its own name and `retryable`; `IA_PLUGIN_INPUT`, `IA_PLUGIN_OUTPUT`.
   * @throws PlatformError `IA_TASK_TIMEOUT`, `IA_PLUGIN_LIMIT`, `IA_PLUGIN_CRASHED`, `IA_PLUGIN_PROTOCOL`, `IA_PLUGIN_STEP`,
   *   `IA_PLUGIN_CANCELED`, `IA_PLUGIN_DEPENDENCY`, `IA_PLUGIN_SANDBOX`.
   */
  readonly call: (call: SandboxCall) => Promise<Json>;
  /** Asks a plugin whether it can work: rejects with what its `health` throws. */
  readonly health: (call: HealthCall) => Promise<void>;
  /** Loads a plugin in the sandbox, without any grant, and returns what its code says of its contributions. */
  readonly describe: (plugin: InstalledPlugin) => Promise<readonly DescribedContribution[]>;
  /** Lets every process end; running calls reject. */
  readonly close: () => Promise<void>;
};

const DESCRIBE_TIMEOUT_MS = 20_000;

/**
 * Starts a pool of sandbox processes: one tenant, plugin version and grant per process, kept warm, least recently used first
 * to go. It starts on any machine, since most work needs no plugin of others; see `problem`.
 */
export const createSandboxPool = async (options: SandboxPoolOptions = {}): Promise<SandboxPool> => {
  const level = options.level ?? 'caged';
  const launcher = await createLauncher(level, options.cages).catch((error) => unavailableLauncher(level, error));
  const net = createGuardedFetch({ egressAllow: options.egressAllow ?? [] });
  const make = createCaller(options, launcher);
  const last = { id: 0 };

  return {
    level: launcher.level,
    cage: launcher.cage,
    problem: launcher.problem,
    call: async (call) => {
      const { kind, name, plugin, idempotencyKey, task, clock } = call;
      const contract = contractOf(plugin, call);
      const input = contract.readInput(call.input);
      const secrets = { ...permittedSecrets(call) };
      const id = ++last.id;
      const frame = { type: 'call', id, kind, name, input, secrets, idempotencyKey, task: { ...task } } as const;
      const timed = clock === undefined ? frame : { ...frame, clock: { nowMs: clock.nowMs } };
      const scrub = scrubOf(call, frame);
      const read = (output: Json): Json => {
        const checked = contract.checkOutput(output);
        return kind === 'validator' ? safeVerdict(checked, scrub) : checked;
      };
      return await make({ call, frame: timed, fetch: fetchOf(call, net), read });
    },
    health: async (call) => {
      const secrets = { ...permittedSecrets(call) };
      await make({
        call,
        frame: { type: 'health', id: ++last.id, secrets },
        fetch: fetchOf(call, net),
        read: () => null,
      });
    },
    describe: async (plugin) => {
      const call = {
        tenantId: '',
        plugin,
        grant: { net: [], secrets: [], blobs: false },
        timeoutMs: DESCRIBE_TIMEOUT_MS,
      };
      return await make({
        call,
        frame: { type: 'describe', id: ++last.id },
        fetch: fetchOf(call, net),
        read: (told) => readDescriptions(plugin, told),
      });
    },
    close: async () => {
      await make.close();
      await net.close();
    },
  };
};

type Making<T> = {
  readonly call: HealthCall;
  readonly frame: CallRun['frame'];
  readonly fetch: ReturnType<typeof fetchOf>;
  /** Looks at what the guest answered; the process pays for the time. */
  readonly read: (output: Json) => T;
};

type Caller = {
  <T>(making: Making<T>): Promise<T>;
  readonly close: () => Promise<void>;
};

/** Finds a process for a call and makes it there. */
const createCaller = (options: SandboxPoolOptions, launcher: Launcher): Caller => {
  const slots = createProcessSlots(options);
  const backoff = createCrashBackoff(options.now);
  const survivors = new WeakSet<SandboxProcess>();
  const endNoters = new WeakMap<SandboxProcess, (reason: PlatformError) => void>();
  const start = async (call: HealthCall): Promise<SandboxProcess> => {
    const noteEnd = backoff.enter(call);
    const process = await launcher.start(call.plugin);
    options.onProcess?.('started');
    endNoters.set(process, noteEnd);
    const onEnded = (reason: PlatformError): void => {
      if (reason.fault === 'plugin') noteEnd(reason);
      options.onProcess?.('ended');
      const errorOutput = process.errorOutput();
      if (errorOutput !== '') options.onErrorOutput?.(errorOutput);
    };
    void process.ended.then(onEnded);
    return process;
  };
  /** A process that answers once may end with it; one that answers again lives. */
  const noteAnswer = (call: HealthCall, process: SandboxProcess): void => {
    if (survivors.has(process)) backoff.noteAnswer(call);
    survivors.add(process);
  };
  const make = async <T>({ call, frame, fetch, read }: Making<T>): Promise<T> => {
    if (launcher.problem !== null) throw launcher.problem;
    const what = frame.type === 'call' ? `the ${frame.kind} "${frame.name}" of ${call.plugin.name}` : call.plugin.name;
    const slot = await readySlot({ call, frame, what, slots, start: () => start(call) });
    const started = startCall({
      process: slot.value,
      frame,
      what,
      ports: portsOf(call, fetch),
      sinks: call,
      scrub: scrubOf(call, frame),
      timeoutMs: Math.min(call.timeoutMs ?? Infinity, call.plugin.manifest.permissions.timeoutMs),
      signal: call.signal,
    });
    void started.settled.then(slot.release);
    try {
      const output = await started.output;
      noteAnswer(call, slot.value);
      return slot.value.charge(() => read(output));
    } catch (error) {
      if (error instanceof PluginError && slot.value.isAlive()) noteAnswer(call, slot.value);
      else if (error instanceof PluginError) endNoters.get(slot.value)?.(error);
      throw error;
    }
  };
  return Object.assign(make, { close: () => slots.close(closedError()) });
};

type Finding = Pick<Making<unknown>, 'call' | 'frame'> & {
  readonly what: string;
  readonly slots: ProcessSlots;
  readonly start: () => Promise<SandboxProcess>;
};

const readySlot = async ({ call, frame, what, slots, start }: Finding): Promise<Slot<SandboxProcess>> => {
  const { plugin, signal, depth = 0 } = call;
  const toCanceled = (error: unknown): unknown =>
    signal !== undefined && error === signal.reason ? canceledError(what, signal) : error;
  const slot = await slots.acquire(depth, { key: processKey(call), call, start }).catch((error: unknown) => {
    throw toCanceled(error);
  });
  try {
    const loaded = await untilReady(slot.value, plugin.name);
    if (frame.type === 'call') checkLoaded(plugin, frame, loaded);
    signal?.throwIfAborted();
    return slot;
  } catch (error) {
    slot.release();
    throw toCanceled(error);
  }
};

const scrubOf = (call: HealthCall, frame: HostFrame) =>
  createScrub('secrets' in frame ? Object.values(frame.secrets) : [], { [call.plugin.directory]: '/plugin' });
