import { definePlugin } from '@ia-modules/plugin-sdk';
import { describe } from './describe.ts';
import { matches } from './matches.ts';
import { next } from './next.ts';
import { pause } from './pause.ts';

/** Its steps and its condition are used as `schedule.<name>`. */
export const plugin = definePlugin({ steps: [next, describe, pause], conditions: [matches] });
