import { defineValidator } from '@ia-modules/plugin-sdk';

type Problem = { readonly path: string; readonly message: string };

/** Every text inside a value that has more words than it may. */
export const longTexts = (value: unknown, words: number, path = '$'): readonly Problem[] => {
  if (typeof value === 'string') {
    const count = value.split(/\s+/).filter(Boolean).length;
    return count <= words ? [] : [{ path, message: `has ${count} words, and may have ${words}` }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    longTexts(part, words, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`),
  );
};

export const maxWords = defineValidator({
  name: 'max_words',
  title: 'At most so many words',
  description: 'Refuses a value in which a text has too many words.',
  config: {
    type: 'object',
    properties: { words: { type: 'integer', minimum: 1, description: 'How many words each text may have.' } },
    required: ['words'],
    additionalProperties: false,
  },
  validate: ({ value, config }) => {
    const errors = [...longTexts(value, config.words)];
    return { valid: errors.length === 0, errors };
  },
});
