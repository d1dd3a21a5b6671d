import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Report } from './build-artifacts.ts';
import { untilHealthy } from './health.ts';
import { repositoryRoot } from './repository.ts';

export type ServiceDefinition = Readonly<{
  name: string;
  /** Arguments of Node. */
  args: readonly string[];
  cwd?: string;
  env: Readonly<Record<string, string>>;
  /** Answers 2xx once the service is up; without one the service says `{type: 'ready'}` over its IPC channel. */
  healthUrl?: string;
  logFile: string;
}>;

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 10_000;
/** One that ran this long is healthy: its next end starts the backoff anew. */
const STABLE_AFTER_MS = 60_000;
const LARGEST_LOG_BYTES = 10_000_000;
const LOG_TAIL_LINES = 20;

/** Settings of the set-up itself that no service may see: they hold the superuser's password. */
const WITHHELD_VARIABLES = new Set(['DATABASE_URL', 'IA_TEST_ADMIN_URL']);

/**
 * A child process that is started again when it ends unasked. It runs in a session of its own, so that a terminal's
 * Ctrl-C reaches the supervisor alone; it ends by itself when the IPC channel to the supervisor breaks.
 */
export class Service {
  readonly name: string;
  #definition: ServiceDefinition;
  #report: Report;
  #child: ChildProcess | undefined;
  #isStopping = false;
  #backoffMs = FIRST_BACKOFF_MS;
  #waking = new AbortController();

  constructor(definition: ServiceDefinition, report: Report) {
    this.name = definition.name;
    this.#definition = definition;
    this.#report = report;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the service is ready. @throws PlatformError IA_PLATFORM_SERVICE with the end of its log */
  async start(): Promise<void> {
    const child = this.#spawn();
    try {
      await this.#untilReady(child);
    } catch (error) {
      this.#isStopping = true;
      kill(child, 'SIGKILL');
      throw error;
    }
    this.#watch(child, Date.now());
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#waking.abort();
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    kill(child, 'SIGTERM');
    const timer = setTimeout(() => {
      this.#report(`${this.name} did not stop within ${STOP_TIMEOUT_MS / 1000} s: killed it`);
      kill(child, 'SIGKILL');
    }, STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }

  /** Ends it at once. */
  kill(): void {
    this.#isStopping = true;
    this.#waking.abort();
    if (this.#child !== undefined) kill(this.#child, 'SIGKILL');
  }

  #spawn(): ChildProcess {
    const { args, cwd, env, logFile } = this.#definition;
    const log = openLog(logFile);
    try {
      const child = spawn(process.execPath, args, {
        cwd: cwd ?? repositoryRoot,
        env: { ...inheritedEnvironment(), ...env },
        stdio: ['ignore', log, log, 'ipc'],
        detached: true,
      });
      // A message that can't be delivered to a child that just died is no event of interest.
      child.on('error', () => {});
      this.#child = child;
      return child;
    } finally {
      closeSync(log);
    }
  }

  #watch(child: ChildProcess, startedAt: number): void {
    const onExit = () => void this.#restart(child, startedAt);
    if (hasEnded(child)) onExit();
    else child.once('exit', onExit);
  }

  async #restart(ended: ChildProcess, startedAt: number): Promise<void> {
    if (Date.now() - startedAt > STABLE_AFTER_MS) this.#backoffMs = FIRST_BACKOFF_MS;
    for (let reason = endOf(ended); !this.#isStopping; ) {
      this.#report(`${this.name} ended (${reason}): starting it again in ${this.#backoffMs / 1000} s`);
      await delay(this.#backoffMs, undefined, { signal: this.#waking.signal }).catch(() => {});
      this.#backoffMs = Math.min(this.#backoffMs * 2, LONGEST_BACKOFF_MS);
      if (this.#isStopping) return;
      const child = this.#spawn();
      try {
        await this.#untilReady(child);
        this.#report(`${this.name} is up again (process ${child.pid})`);
        this.#watch(child, Date.now());
        return;
      } catch {
        kill(child, 'SIGKILL');
        reason = hasEnded(child) ? endOf(child) : 'it did not become ready';
      }
    }
  }

  async #untilReady(child: ChildProcess): Promise<void> {
    const over = new AbortController();
    const timeout = delay(READY_TIMEOUT_MS, 'it did not become ready in time' as const, { signal: over.signal });
    const ended = new Promise<string>((resolve) => child.once('exit', () => resolve(endOf(child))));
    const ready = this.#definition.healthUrl
      ? untilHealthy(this.#definition.healthUrl, over.signal)
      : untilReadyMessage(child);
    const problem = await Promise.race([ready, ended, timeout.catch(() => undefined)]);
    over.abort();
    if (problem === undefined) return;
    const tail = readFileSync(this.#definition.logFile, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES);
    throw new PlatformError({
      code: 'IA_PLATFORM_SERVICE',
      message: `The ${this.name} did not start: ${problem}. The end of its log:\n${tail.join('\n')}`,
      hint: `The whole log is ${this.#definition.logFile}.`,
      fault: 'infra',
    });
  }
}

function untilReadyMessage(child: ChildProcess): Promise<undefined> {
  return new Promise((resolve) => {
    const onMessage = (message: unknown) => {
      if ((message as { type?: unknown } | null)?.type !== 'ready') return;
      child.off('message', onMessage);
      resolve(undefined);
    };
    child.on('message', onMessage);
  });
}

function openLog(file: string): number {
  mkdirSync(path.dirname(file), { recursive: true });
  const log = openSync(file, 'a', 0o600);
  if (statSync(file).size > LARGEST_LOG_BYTES) truncateSync(file);
  return log;
}

function inheritedEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !WITHHELD_VARIABLES.has(name)));
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function endOf(child: ChildProcess): string {
  return child.signalCode === null ? `exit code ${child.exitCode}` : `killed by ${child.signalCode}`;
}

/** Its whole process group when that is to die at once: what it started goes with it. */
function kill(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    process.kill(signal === 'SIGKILL' && process.platform !== 'win32' ? -child.pid : child.pid, signal);
  } catch {
    // Gone already.
  }
}
