import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { GuestFrame, HostFrame } from '@ia-modules/plugin-sdk/protocol';
import { createLineSplitter } from '../protocol/line-splitter.ts';
import { readFrame } from '../protocol/read-frame.ts';
import { violation } from '../protocol/violation.ts';
import type { Scrub } from '../scrub.ts';
import type { TimeAccount } from './host-time.ts';
import type { LaunchPlan } from './launch-plan.ts';
import { readPaid } from './paid-reading.ts';
import { createUsageMeter, type UsageLimits, type UsageMeter } from './usage-meter.ts';

const STDERR_TAIL_CHARS = 2_000;
const MAX_STDERR_BYTES = 16 * 1024 * 1024;
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;
const SHUTDOWN_MS = 1_000;
const OUT_OF_MEMORY = /out of memory|memory allocation|Cannot allocate|allocation failed/i;

export type CallFrame = Exclude<GuestFrame, { type: 'ready' }>;
export type LoadedContribution = Extract<GuestFrame, { type: 'ready' }>['contributions'][number];

/** Where the frames of one call go. */
export type CallRoute = {
  /** @throws PlatformError when the frame breaks the protocol; the process is killed for it. */
  readonly onFrame: (frame: CallFrame) => void;
  readonly onEnd: (reason: PlatformError) => void;
};

/** One guest: its streams, the calls that are open on it, its end. Knows frames, not what they ask for. */
export type SandboxProcess = {
  readonly pid: number;
  /** What the loaded plugin has; rejects with what ended the process when it never gets there. */
  readonly ready: Promise<readonly LoadedContribution[]>;
  /** Settles, never rejects, with the reason once the process is gone. */
  readonly ended: Promise<PlatformError>;
  isAlive(): boolean;
  /** CPU time in its life, as last looked at. */
  totalCpuMs(): number;
  /** The end of what it wrote to its error output. */
  errorOutput(): string;
  send(frame: HostFrame): void;
  /** Does work of the host that this process pays for: it is not read as long as it owes. */
  charge<T>(work: () => T): T;
  /** Frames with this id go to the route until it is closed; any other id is a violation. */
  open(callId: number, route: CallRoute): void;
  close(callId: number): void;
  /** Ends the process at once. The culprit's call gets the reason, those beside it that they may try again. */
  kill(reason: PlatformError, culprit?: number): void;
  /** Takes no further call. */
  retire(): void;
  /** Ends the process: with calls open at once, otherwise the plugin has a second to end what it holds. */
  shutDown(reason: PlatformError): void;
};

export type SandboxProcessInit = {
  readonly plan: LaunchPlan;
  /** Names the plugin in errors. */
  readonly label: string;
  readonly limits: UsageLimits;
  readonly scrub: Scrub;
  readonly time: TimeAccount;
};

/** Starts a guest. */
export const startSandboxProcess = (init: SandboxProcessInit): SandboxProcess => {
  const { plan, label, limits } = init;
  const child = spawn(plan.command, plan.args, { env: plan.env, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] });
  const pid = child.pid ?? -1;
  const kill: SandboxProcess['kill'] = (reason, culprit) => {
    state.reason ??= reason;
    state.culprit ??= culprit;
    child.kill('SIGKILL');
  };
  const meter = createUsageMeter({
    pid,
    limits,
    onBreach: (what, culprit) => kill(limitError(label, what), culprit),
  });
  const state = createState(init, child, meter);
  const ended = endOf(state);
  // Whatever breaks a stream ends the process as well, which is told apart there.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => {});
  readErrors(state, child.stderr, kill);
  const reading = readPaid(child.stdout, init.time, readOutput(state, kill));
  child.once('exit', reading.drain);
  return {
    pid,
    ready: readyOf(state, ended),
    ended,
    kill,
    totalCpuMs: meter.totalCpuMs,
    errorOutput: () => state.scrub(state.stderrTail.trim()),
    isAlive: () => state.isAlive && !state.isRetired && state.reason === null,
    retire: () => {
      state.isRetired = true;
    },
    shutDown: (reason) => {
      if (state.routes.size > 0) return kill(reason);
      state.reason ??= reason;
      child.stdin.write('{"type":"shutdown"}\n');
      setTimeout(() => kill(reason), SHUTDOWN_MS).unref();
    },
    charge: reading.charge,
    open: (callId, route) => {
      init.time.credit();
      state.routes.set(callId, route);
      meter.begin(callId);
    },
    close: (callId) => {
      if (state.routes.delete(callId)) meter.finish(callId);
    },
    send: (frame) => {
      child.stdin.write(`${JSON.stringify(frame)}\n`);
      if (child.stdin.writableLength > MAX_UNREAD_BYTES) kill(limitError(label, 'does not read what it asked for'));
    },
  };
};

type State = {
  readonly label: string;
  readonly scrub: Scrub;
  readonly child: ChildProcess;
  readonly meter: UsageMeter;
  /** Oldest first. */
  readonly routes: Map<number, CallRoute>;
  onReady: ((contributions: readonly LoadedContribution[]) => void) | null;
  reason: PlatformError | null;
  culprit: number | undefined;
  isAlive: boolean;
  isRetired: boolean;
  stderrTail: string;
  stderrBytes: number;
};

const createState = ({ label, scrub }: SandboxProcessInit, child: ChildProcess, meter: UsageMeter): State => ({
  label,
  scrub,
  child,
  meter,
  routes: new Map(),
  onReady: null,
  reason: null,
  culprit: undefined,
  isAlive: true,
  isRetired: false,
  stderrTail: '',
  stderrBytes: 0,
});

const readyOf = (state: State, ended: Promise<PlatformError>): Promise<readonly LoadedContribution[]> => {
  const ready = new Promise<readonly LoadedContribution[]>((resolve, reject) => {
    state.onReady = resolve;
    void ended.then(reject);
  });
  ready.catch(() => {});
  return ready;
};

const endOf = (state: State): Promise<PlatformError> =>
  new Promise((resolve) => {
    const end = (why: string): void => {
      state.isAlive = false;
      state.meter.stop();
      const reason = state.reason ?? describeEnd(state, why);
      tellCalls(state, reason);
      resolve(reason);
    };
    state.child.on('error', (error) => end(error.message));
    state.child.once('close', (code, signal) => end(signal === null ? `exit code ${code}` : signal));
  });

/** Where nobody can tell the culprit, it is the call that came last. */
const tellCalls = (state: State, reason: PlatformError): void => {
  const isCommon = reason.code === 'IA_PLUGIN_CRASHED';
  const culprit = state.culprit ?? [...state.routes.keys()].at(-1);
  for (const [callId, route] of state.routes) {
    route.onEnd(isCommon || callId === culprit ? reason : besideError(state.label, reason));
  }
  state.routes.clear();
};

const besideError = (label: string, cause: PlatformError): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_CRASHED',
    message: `The sandbox process of ${label} was ended because of another call in it.`,
    fault: 'plugin',
    disposition: 'retry',
    details: { because: cause.code },
  });

const readOutput = (state: State, kill: SandboxProcess['kill']): ((chunk: Buffer) => void) => {
  const split = createLineSplitter();
  const deliver = (line: Uint8Array): void => {
    if (state.reason !== null) return;
    const frame = readFrame(line);
    if (frame.type === 'ready') {
      if (state.onReady === null) throw violation(6);
      state.onReady(frame.contributions);
      state.onReady = null;
      return;
    }
    const route = state.routes.get(frame.id);
    if (route === undefined) throw violation(state.routes.size === 0 ? 6 : 7);
    try {
      route.onFrame(frame);
    } catch (error) {
      kill(error instanceof PlatformError ? error : violation(5), frame.id);
    }
  };
  return (chunk) => {
    if (state.reason !== null) return;
    try {
      split(chunk, deliver);
    } catch (error) {
      kill(error instanceof PlatformError ? error : violation(5));
    }
  };
};

const readErrors = (state: State, stderr: Readable, kill: SandboxProcess['kill']): void => {
  stderr.on('data', (chunk: Buffer) => {
    state.stderrBytes += chunk.length;
    state.stderrTail = (state.stderrTail + chunk.toString('utf8')).slice(-STDERR_TAIL_CHARS);
    if (state.stderrBytes > MAX_STDERR_BYTES) kill(limitError(state.label, 'floods its error output'));
  });
};

const describeEnd = (state: State, why: string): PlatformError => {
  if (OUT_OF_MEMORY.test(state.stderrTail)) return limitError(state.label, 'needs more memory than it may use');
  const stderr = state.scrub(state.stderrTail.trim());
  return new PlatformError({
    code: 'IA_PLUGIN_CRASHED',
    message: `The sandbox process of ${state.label} ended (${why}) before it answered.`,
    fault: 'plugin',
    disposition: 'retry',
    details: { stderr },
  });
};

export const limitError = (label: string, what: string): PlatformError =>
  new PlatformError({ code: 'IA_PLUGIN_LIMIT', message: `${label} ${what}.`, fault: 'plugin' });
