import { definePlugin } from '@ia-modules/plugin-sdk';
import { databases } from './databases.ts';
import { vectorDelete } from './vector-delete.ts';
import { vectorSearch } from './vector-search.ts';
import { vectorUpsert } from './vector-upsert.ts';

/** Its steps are used as `vector.<name>`. */
export const plugin = definePlugin({
  steps: [vectorUpsert, vectorSearch, vectorDelete],
  shutdown: databases.close,
});
