import { definePlugin } from '@ia-modules/plugin-sdk';
import { choose } from './choose.ts';
import { canary, chance, weighted } from './conditions.ts';
import { rank } from './rank.ts';

/** Its steps and conditions are used as `router.<name>`. */
export const plugin = definePlugin({ steps: [choose, rank], conditions: [chance, weighted, canary] });
