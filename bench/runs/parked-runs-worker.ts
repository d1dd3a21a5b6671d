// A worker in a process of its own, so that its memory is nobody else's. It ends with its parent.
import { setTimeout as delay } from 'node:timers/promises';
import { startMemorySweep } from '@ia-modules/service';
import { startRuntime } from './durable-runs.ts';
import type { WorkerMemory, WorkerRequest } from './worker-process.ts';

/** The sweep of an idle worker has come twice by then. */
const SETTLE_MS = 12_000;
const MEBIBYTE = 2 ** 20;

const rssMb = (): number => process.memoryUsage().rss / MEBIBYTE;

/** What is left once the worker has given back what the burst had taken. */
const readMemory = async (): Promise<WorkerMemory> => {
  const unsweptMb = rssMb();
  await delay(SETTLE_MS);
  return { unsweptMb, rssMb: rssMb(), heapMb: process.memoryUsage().heapUsed / MEBIBYTE };
};

const tell = (answer: WorkerMemory | 'leading'): void => void process.send?.(answer);

process.once('disconnect', () => process.exit(1));
startMemorySweep();
const [databaseUrl = ''] = process.argv.slice(2);
const runtime = await startRuntime(databaseUrl);

process.on('message', (request: WorkerRequest) => {
  if (request === 'memory') void readMemory().then(tell);
  else void runtime.stop().then(() => process.exit(0));
});
tell('leading');
