import { startOn, type StartOptions } from './rehearsal-worker.ts';

/** A process that rehearses until somebody kills it. */
const [, , options = '{}'] = process.argv;
await startOn(JSON.parse(options) as StartOptions);
process.stdout.write('started\n');
setInterval(() => undefined, 60_000);
