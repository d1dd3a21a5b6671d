import { definePlugin } from '@ia-modules/plugin-sdk';
import { shellRun } from './shell-run.ts';

/** Its step is used as `shell.run`. */
export const plugin = definePlugin({ steps: [shellRun] });
