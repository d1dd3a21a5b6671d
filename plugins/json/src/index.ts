import { definePlugin } from '@ia-modules/plugin-sdk';
import { diff } from './diff.ts';
import { format } from './format.ts';
import { merge } from './merge.ts';
import { parse } from './parse.ts';
import { patch } from './patch.ts';
import { query } from './query.ts';

const operations = [parse, format, query, patch, merge, diff];

/** Each is used as `json.<name>`, as a step and in a step’s `transform`. */
export const plugin = definePlugin({
  steps: operations.map(({ step }) => step),
  transforms: operations.map(({ transform }) => transform),
});
