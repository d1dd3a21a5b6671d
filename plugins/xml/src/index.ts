import { definePlugin } from '@ia-modules/plugin-sdk';
import { format } from './format.ts';
import { parse } from './parse.ts';

/** Used as `xml.parse` and `xml.format`, as steps and in a step’s `transform`. */
export const plugin = definePlugin({
  steps: [parse.step, format.step],
  transforms: [parse.transform, format.transform],
});
