import { runService } from '@ia-modules/service';
import { readConfig } from './config.ts';
import { startApi } from './start-api.ts';

await runService({ name: 'API', readConfig, start: startApi });
