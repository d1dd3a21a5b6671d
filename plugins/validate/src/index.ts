import { definePlugin } from '@ia-modules/plugin-sdk';
import { CHECKS, checkStep, isValid } from './check-step.ts';

/** Its checks are used as `validate.<name>` in a step’s `validate`, and several at once as a step or a condition. */
export const plugin = definePlugin({
  steps: [checkStep],
  conditions: [isValid],
  validators: CHECKS.map(({ validator }) => validator),
});
