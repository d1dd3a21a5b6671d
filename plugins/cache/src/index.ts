import { definePlugin } from '@ia-modules/plugin-sdk';
import { cacheDelete } from './cache-delete.ts';
import { cacheGet } from './cache-get.ts';
import { cacheHas } from './cache-has.ts';
import { cacheIncrement } from './cache-increment.ts';
import { cacheOnce } from './cache-once.ts';
import { cacheSet } from './cache-set.ts';

/** Its contributions are used as `cache.<name>`. */
export const plugin = definePlugin({
  steps: [cacheGet, cacheSet, cacheDelete, cacheIncrement, cacheOnce],
  conditions: [cacheHas],
});
