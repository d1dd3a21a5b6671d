import { runService, startMemorySweep } from '@ia-modules/service';
import { readConfig } from './config.ts';
import { startWorker } from './worker.ts';

// Runs that wait are rows; what it took to get them there is given back.
startMemorySweep();
await runService({ name: 'worker', readConfig, start: startWorker });
