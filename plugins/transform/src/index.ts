import { definePlugin } from '@ia-modules/plugin-sdk';
import { aggregate } from './aggregate.ts';
import { omit, pick, rename } from './fields.ts';
import { filter } from './filter.ts';
import { flatten } from './flatten.ts';
import { group } from './group.ts';
import { join } from './join.ts';
import { map } from './map.ts';
import { merge } from './merge.ts';
import { set } from './set.ts';
import { sort } from './sort.ts';
import { chunk, split } from './split.ts';
import { template } from './template.ts';
import { unique } from './unique.ts';

const operations = [
  map,
  filter,
  group,
  join,
  sort,
  pick,
  omit,
  rename,
  set,
  flatten,
  aggregate,
  unique,
  merge,
  template,
  split,
  chunk,
];

/** Each of its changes is used as `transform.<name>`, as a step and in a step’s `transform`. */
export const plugin = definePlugin({
  steps: operations.map(({ step }) => step),
  transforms: operations.map(({ transform }) => transform),
});
