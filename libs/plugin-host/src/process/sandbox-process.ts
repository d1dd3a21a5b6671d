import { type ChildProcess, spawn } from 'node:child_process';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { GuestFrame, HostFrame } from '@ia-modules/plugin-sdk/protocol';
import { createLineSplitter } from '../protocol/line-splitter.ts';
import { readFrame } from '../protocol/read-frame.ts';
import { violation } from '../protocol/violation.ts';
import type { Scrub } from '../scrub.ts';
import type { LaunchPlan } from './launch-plan.ts';

const STDERR_TAIL_CHARS = 2_000;
const MAX_STDERR_BYTES = 16 * 1024 * 1024;
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;
const OUT_OF_MEMORY = /out of memory|memory allocation|Cannot allocate|allocation failed/i;

/** One guest: its streams, its one listener, its end. Knows frames, not calls. */
export type SandboxProcess = {
  readonly pid: number;
  /** The step names of the loaded plugin; rejects with what ended the process when it never gets there. */
  readonly ready: Promise<readonly string[]>;
  /** Settles, never rejects, with the reason once the process is gone. */
  readonly ended: Promise<PlatformError>;
  isAlive(): boolean;
  send(frame: HostFrame): void;
  /** Frames go to this listener; without one, a frame is a violation. */
  listen(onFrame: ((frame: GuestFrame) => void) | null): void;
  kill(reason: PlatformError): void;
  /** Takes no further call and is killed after a grace. */
  retire(reason: PlatformError, graceMs: number): void;
};

export type SandboxProcessInit = {
  readonly plan: LaunchPlan;
  /** Names the plugin in errors. */
  readonly label: string;
  readonly scrub: Scrub;
};

/** Starts a guest. */
export const startSandboxProcess = ({ plan, label, scrub }: SandboxProcessInit): SandboxProcess => {
  const child = spawn(plan.command, plan.args, { env: plan.env, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] });
  const state: State = {
    label,
    scrub,
    child,
    reason: null,
    listener: null,
    isAlive: true,
    isRetired: false,
    stderrTail: '',
    stderrBytes: 0,
  };
  const kill = (reason: PlatformError): void => {
    state.reason ??= reason;
    child.kill('SIGKILL');
  };
  const ended = new Promise<PlatformError>((resolve) => {
    const end = (why: string): void => {
      state.isAlive = false;
      resolve(state.reason ?? describeEnd(state, why));
    };
    child.once('error', (error) => end(error.message));
    child.once('close', (code, signal) => end(signal === null ? `exit code ${code}` : signal));
  });
  const ready = new Promise<readonly string[]>((resolve, reject) => {
    state.listener = (frame) => {
      if (frame.type !== 'ready') return kill(violation(6));
      state.listener = null;
      resolve(frame.steps);
    };
    void ended.then(reject);
  });
  ready.catch(() => {});
  readOutput(state, kill);
  child.stdin.on('error', () => {});
  return {
    pid: child.pid ?? -1,
    ready,
    ended,
    kill,
    retire: (reason, graceMs) => {
      state.isRetired = true;
      setTimeout(() => kill(reason), graceMs);
    },
    isAlive: () => state.isAlive && !state.isRetired && state.reason === null,
    listen: (onFrame) => {
      state.listener = onFrame;
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
  reason: PlatformError | null;
  listener: ((frame: GuestFrame) => void) | null;
  isAlive: boolean;
  isRetired: boolean;
  stderrTail: string;
  stderrBytes: number;
};

const readOutput = (state: State, kill: (reason: PlatformError) => void): void => {
  const split = createLineSplitter();
  state.child.stdout?.on('data', (chunk: Buffer) => {
    if (state.reason !== null) return;
    try {
      split(chunk, (line) => {
        if (state.reason !== null) return;
        const frame = readFrame(line);
        if (state.listener === null) throw violation(6);
        state.listener(frame);
      });
    } catch (error) {
      kill(error instanceof PlatformError ? error : violation(5));
    }
  });
  state.child.stderr?.on('data', (chunk: Buffer) => {
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
