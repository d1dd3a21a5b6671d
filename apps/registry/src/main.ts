import { runService } from '@ia-modules/service';
import { readConfig } from './config.ts';
import { startRegistry } from './registry.ts';

await runService({ name: 'registry', readConfig, start: startRegistry });
