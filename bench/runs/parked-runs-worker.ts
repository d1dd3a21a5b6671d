// A worker in a process of its own, so that its memory is nobody else's. It ends with its parent.
import { setTimeout as delay } from 'node:timers/promises';
import { startRuntime } from './durable-runs.ts';
import type { WorkerMemory, WorkerRequest } from './worker-process.ts';

const SETTLE_MS = 500;
const MEBIBYTE = 2 ** 20;

const rssMb = (): number => process.memoryUsage().rss / MEBIBYTE;

/** A sweep that also returns the pages which V8 keeps for reuse: what is left is what the worker holds. */
const readMemory = async (): Promise<WorkerMemory> => {
  const unsweptMb = rssMb();
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  await delay(SETTLE_MS);
  return { unsweptMb, rssMb: rssMb(), heapMb: process.memoryUsage().heapUsed / MEBIBYTE };
};

const tell = (answer: WorkerMemory | 'leading'): void => void process.send?.(answer);

process.once('disconnect', () => process.exit(1));
const [databaseUrl = ''] = process.argv.slice(2);
const runtime = await startRuntime(databaseUrl);

process.on('message', (request: WorkerRequest) => {
  if (request === 'memory') void readMemory().then(tell);
  else void runtime.stop().then(() => process.exit(0));
});
tell('leading');
