import { definePlugin } from '@ia-modules/plugin-sdk';
import { formatStep, formatTransform } from './format.ts';
import { parseStep, parseTransform } from './parse.ts';

/** Used as `csv.parse` and `csv.format`, as steps and in a step’s `transform`. */
export const plugin = definePlugin({
  steps: [parseStep, formatStep],
  transforms: [parseTransform, formatTransform],
});
