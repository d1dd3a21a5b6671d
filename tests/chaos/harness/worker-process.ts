import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { FromWorker, ToWorker, WorkerSettings, WorkerState } from './worker-messages.ts';

const SCRIPT = fileURLToPath(new URL('chaos-worker.ts', import.meta.url));
const DEFAULTS = { taskMs: 5, leaseTtlMs: 300, maxConcurrentRuns: 200, clockOffsetMs: 0 };

export type WorkerEnd = Readonly<{ code: number | null; signal: NodeJS.Signals | null }>;

/** A worker whose process a scenario treats badly. */
export type WorkerProcess = {
  readonly pid: number;
  /** The database has answered: it works or stands by. */
  readonly ready: Promise<void>;
  readonly leading: Promise<void>;
  readonly ended: Promise<WorkerEnd>;
  readonly hasEnded: boolean;
  readonly state: () => Promise<WorkerState>;
  readonly shiftClock: (byMs: number) => void;
  readonly signal: (name: NodeJS.Signals) => void;
  /** kill -9; resolves when the process is gone. Also ends a frozen one. */
  readonly kill: () => Promise<WorkerEnd>;
};

export type StartWorkerOptions = Pick<WorkerSettings, 'databaseUrl' | 'journalFile'> & Partial<WorkerSettings>;

export const startWorkerProcess = (options: StartWorkerOptions): WorkerProcess => {
  const settings: WorkerSettings = { ...DEFAULTS, ...options };
  const flags = ['--conditions=ia-src', '--disable-warning=ExperimentalWarning', '--expose-gc'];
  const child = spawn(process.execPath, [...flags, SCRIPT, JSON.stringify(settings)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('The worker did not start.');
  const ended = new Promise<WorkerEnd>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const [ready, leading] = [untilTold(child, 'ready'), untilTold(child, 'leading')];
  return {
    pid,
    ready,
    leading,
    ended,
    get hasEnded() {
      return hasEnded();
    },
    state: () => askState(child),
    shiftClock: (byMs) => send(child, { type: 'shift_clock', byMs }),
    signal: (name) => void child.kill(name),
    kill: () => {
      if (!hasEnded()) child.kill('SIGKILL');
      return ended;
    },
  };
};

const send = (child: ChildProcess, message: ToWorker): void => {
  child.send(message);
};

/** Rejects when the worker ends first; nobody has to listen to that. */
const untilTold = (child: ChildProcess, type: FromWorker['type']): Promise<void> => {
  const told = new Promise<void>((resolve, reject) => {
    child.on('message', (message: FromWorker) => {
      if (message.type === type) resolve();
    });
    child.once('exit', () => reject(new Error(`The worker ended before it was ${type}.`)));
  });
  told.catch(() => undefined);
  return told;
};

const askState = (child: ChildProcess): Promise<WorkerState> => {
  const { promise, resolve, reject } = Promise.withResolvers<WorkerState>();
  const onMessage = (message: FromWorker): void => {
    if (message.type === 'state') resolve(message.state);
  };
  const onExit = (): void => reject(new Error('The worker ended before it answered.'));
  child.on('message', onMessage).once('exit', onExit);
  send(child, { type: 'ask' });
  return promise.finally(() => child.off('message', onMessage).off('exit', onExit));
};
