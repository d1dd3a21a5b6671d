import { definePlugin } from '@ia-modules/plugin-sdk';
import { apiAvailable } from './api-available.ts';
import { apiCheck } from './api-check.ts';
import { apiData } from './api-data.ts';
import { apiWaitUntil } from './api-wait-until.ts';

/** Used as `api.<name>`. */
export const plugin = definePlugin({ steps: [apiCheck, apiWaitUntil], conditions: [apiAvailable, apiData] });
