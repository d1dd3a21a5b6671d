import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

export type WorkerRequest = 'memory' | 'stop';

export type WorkerMemory = {
  /** With garbage, and with memory that V8 keeps for what may come. */
  readonly unsweptMb: number;
  readonly rssMb: number;
  readonly heapMb: number;
};

export type WorkerProcess = AsyncDisposable & {
  /** Resolves when the worker holds the lease. */
  readonly leading: Promise<unknown>;
  readMemory(): Promise<WorkerMemory>;
  /** Lets it give back the lease, as an ordinary restart does. */
  stop(): Promise<void>;
};

/** Starts a worker in a process of its own. */
export const startWorkerProcess = (databaseUrl: string): WorkerProcess => {
  const child = fork(new URL('./parked-runs-worker.ts', import.meta.url), [databaseUrl], {
    execArgv: ['--conditions=ia-src'],
  });
  const leading = nextAnswer(child);
  // Awaited by who needs it; the failure of a worker that nobody waits for is seen by the next request.
  leading.catch(() => {});
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    if (child.connected) child.send('stop' satisfies WorkerRequest);
    await exited;
  };
  return {
    leading,
    readMemory: async () => {
      const answer = nextAnswer(child);
      child.send('memory' satisfies WorkerRequest);
      return (await answer) as WorkerMemory;
    },
    stop,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
};

const nextAnswer = async (child: ChildProcess): Promise<unknown> => {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([answer]: unknown[]) => answer),
      once(child, 'exit', { signal }).then(([code]: unknown[]) => {
        throw new Error(`the worker ended with exit code ${String(code)}`);
      }),
    ]);
  } finally {
    settled.abort();
  }
};
