import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { TaskExecutor } from '@ia-modules/engine';
import type { SupervisedAttempt, SupervisionMessage } from './message.ts';

/** The process that stops this one when nothing here can. */
export type Supervisor = {
  /** Tells that an attempt begins; to be called when it has ended, or is no longer waited for. */
  readonly begin: (attempt: SupervisedAttempt) => () => void;
  /** Tells that the run is being canceled for an interrupt, whoever sent it. */
  readonly hear: (interrupt: NodeJS.Signals) => void;
};

/**
 * Reaches the supervisor at the other end of a pipe. An interrupt that it passes on is like one that comes directly, as those of a
 * terminal do: then it is not repeated.
 */
export const connectSupervisor = (fd: number): Supervisor => {
  const thread = new Worker(new URL(`./lifeline${extname(import.meta.url)}`, import.meta.url), {
    workerData: fd,
    execArgv: [],
  });
  const tell = (message: SupervisionMessage): void => thread.postMessage(message, []);
  const heard = new Set<NodeJS.Signals>();
  let count = 0;
  thread.on('message', (signal: NodeJS.Signals) => {
    if (!heard.has(signal) && !process.emit(signal, signal)) process.kill(process.pid, signal);
  });
  thread.unref();
  return {
    begin: (attempt) => {
      count += 1;
      const id = count;
      tell({ type: 'attempt_began', id, ...attempt });
      return () => tell({ type: 'attempt_ended', id });
    },
    hear: (interrupt) => {
      heard.add(interrupt);
      tell({ type: 'interrupt_heard' });
    },
  };
};

/** Tells the supervisor of every attempt. */
export const withSupervisor = (executor: TaskExecutor, supervisor: Supervisor | undefined): TaskExecutor =>
  supervisor === undefined
    ? executor
    : {
        execute: async (request, execution) => {
          const { stepId, attempt, timeoutMs } = request;
          const end = supervisor.begin({ stepId, attempt, timeoutMs });
          execution.signal.addEventListener('abort', end, { once: true });
          try {
            return await executor.execute(request, execution);
          } finally {
            execution.signal.removeEventListener('abort', end);
            if (!execution.signal.aborted) end();
          }
        },
      };
