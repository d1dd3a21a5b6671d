import { definePlugin, defineStep } from '@ia-modules/plugin-sdk';

/** A plugin in one module, for `plugin_config`. */
export const plugin = definePlugin({
  steps: [
    defineStep({
      name: 'forecast',
      input: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      output: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
      run: ({ city }) => ({ text: `Sun in ${city}` }),
    }),
  ],
});
