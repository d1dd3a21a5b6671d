import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('effect-worker.ts', import.meta.url));
const FLAGS = ['--conditions=ia-src', '--disable-warning=ExperimentalWarning'];

export type WorkerProcess = {
  /** False when the process ended before it held the lease. */
  readonly leading: Promise<boolean>;
  readonly exited: Promise<void>;
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
};

/** Workers that are processes of their own, with the effects that they have had. */
export type WorkerProcesses = {
  start(): WorkerProcess;
  /** Idempotency keys, in order. */
  effects(): string[];
  close(): Promise<void>;
};

export const createWorkerProcesses = (databaseUrl: string): WorkerProcesses => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ia-effects-'));
  const effectsFile = path.join(folder, 'effects');
  writeFileSync(effectsFile, '');
  const workers: WorkerProcess[] = [];
  return {
    start: () => {
      const child = spawn(process.execPath, [...FLAGS, WORKER, databaseUrl, effectsFile], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const worker = toWorker(child);
      workers.push(worker);
      return worker;
    },
    effects: () => readFileSync(effectsFile, 'utf8').split('\n').filter(Boolean),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.kill('SIGKILL')));
      rmSync(folder, { recursive: true });
    },
  };
};

const toWorker = (child: ChildProcess): WorkerProcess => {
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  const leading = new Promise<boolean>((resolve) => {
    child.stdout?.once('data', () => resolve(true));
    void exited.then(() => resolve(false));
  });
  return {
    leading,
    exited,
    kill: async (signal) => {
      child.kill(signal);
      await exited;
    },
  };
};
