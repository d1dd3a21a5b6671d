import { definePlugin, defineStep } from '@ia-modules/plugin-sdk';
import { analyze } from './analyze.ts';

const analyzeStep = defineStep({
  name: 'analyze',
  input: {
    type: 'object',
    properties: { text: { type: 'string' }, language: { enum: ['en', 'de'] } },
    required: ['text'],
  },
  output: { type: 'object' },
  run: ({ text, language = 'en' }, ctx) => {
    ctx.logger.info(`analyzing ${text.length} characters as ${language}`);
    return analyze(text, language);
  },
});

export const plugin = definePlugin({ steps: [analyzeStep] });
