import { runService } from '@ia-modules/service';
import { readConfig } from './config.ts';
import { startWorker } from './worker.ts';

await runService({ name: 'worker', readConfig, start: startWorker });
