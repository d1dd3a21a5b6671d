import { definePlugin, defineStep } from '@ia-modules/plugin-sdk';
import { analyze } from './analyze.ts';

const count = (description: string) => ({ type: 'integer', minimum: 0, description }) as const;

const analyzeStep = defineStep({
  name: 'analyze',
  title: 'Analyze readability',
  description: 'Counts words, sentences and syllables, and scores how easy a text is to read.',
  input: {
    type: 'object',
    properties: {
      text: { type: 'string', maxLength: 1_000_000, description: 'The text to analyze.' },
      language: { enum: ['en', 'de'], default: 'en', description: 'Whose syllables and formula to use.' },
    },
    required: ['text'],
    additionalProperties: false,
  },
  output: {
    type: 'object',
    properties: {
      words: count('How many words there are.'),
      sentences: count('How many sentences there are.'),
      syllables: count('How many syllables the words have, estimated from groups of vowels.'),
      flesch_reading_ease: {
        anyOf: [{ type: 'number' }, { type: 'null' }],
        description: 'From 0, hard, to 100, easy; null without words.',
      },
      reading_minutes: { type: 'number', minimum: 0, description: 'How long reading takes, at 230 words a minute.' },
      top_words: {
        type: 'array',
        description: 'The ten most frequent words of four letters or more.',
        items: {
          type: 'object',
          properties: { word: { type: 'string', description: 'The word.' }, count: count('How often it occurs.') },
          required: ['word', 'count'],
        },
      },
    },
    required: ['words', 'sentences', 'syllables', 'flesch_reading_ease', 'reading_minutes', 'top_words'],
  },
  run: ({ text, language }, ctx) => {
    ctx.logger.info(`analyzing ${text.length} characters as ${language}`);
    return analyze(text, language);
  },
});

export const plugin = definePlugin({ steps: [analyzeStep] });
