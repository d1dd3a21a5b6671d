// A worker in a process of its own, so that its memory is nobody else's. It ends with its parent.
import { setTimeout as delay } from 'node:timers/promises';
import { startRuntime } from './durable-runs.ts';
import type { WorkerMemory, WorkerRequest } from './worker-process.ts';

const READINGS = 10;
const READING_MS = 200;
const MEBIBYTE = 2 ** 20;

/** The least of several readings, each after a sweep: what is held, without what is just not given back yet. */
const readMemory = async (): Promise<WorkerMemory> => {
  let rssMb = Number.POSITIVE_INFINITY;
  let heapMb = Number.POSITIVE_INFINITY;
  for (let reading = 0; reading < READINGS; reading += 1) {
    globalThis.gc?.();
    await delay(READING_MS);
    const { rss, heapUsed } = process.memoryUsage();
    rssMb = Math.min(rssMb, rss / MEBIBYTE);
    heapMb = Math.min(heapMb, heapUsed / MEBIBYTE);
  }
  return { rssMb, heapMb };
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
