import { definePlugin } from '@ia-modules/plugin-sdk';
import { isEasy } from './is-easy.ts';
import { lineProtocol } from './line-protocol.ts';
import { maxWords } from './max-words.ts';
import { tell } from './tell.ts';

export const plugin = definePlugin({
  conditions: [isEasy],
  validators: [maxWords],
  hooks: [tell],
  exporters: [lineProtocol],
});
