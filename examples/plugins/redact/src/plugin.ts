import { definePlugin, defineTransform, defineValidator, type Json } from '@ia-modules/plugin-sdk';
import { findPersonalData, KINDS, type Kind, mask } from './find-personal-data.ts';

const CONFIG = {
  type: 'object',
  properties: {
    kinds: {
      type: 'array',
      items: { enum: KINDS },
      minItems: 1,
      default: [...KINDS],
      description: 'What to look for.',
    },
  },
  additionalProperties: false,
} as const;

const maskAll = (value: Json, kinds: readonly Kind[]): Json => {
  if (typeof value === 'string') return mask(value, kinds);
  if (Array.isArray(value)) return value.map((item) => maskAll(item, kinds));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskAll(item, kinds)]));
};

type Problem = { readonly path: string; readonly message: string };

const problemsIn = (value: Json, kinds: readonly Kind[], path = '$'): readonly Problem[] => {
  if (typeof value === 'string') {
    // Never the data itself: what a validator says is kept.
    const found = new Set(findPersonalData(value, kinds).map(({ kind }) => kind));
    return [...found].map((kind) => ({ path, message: `holds personal data: ${kind}` }));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    problemsIn(item, kinds, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`),
  );
};

const maskPersonalData = defineTransform({
  name: 'mask_personal_data',
  title: 'Mask personal data',
  description:
    'Puts a word such as [email] in place of mail addresses, card, account and phone numbers in all texts of a value.',
  config: CONFIG,
  transform: ({ value, config }) => maskAll(value, config.kinds),
});

const noPersonalData = defineValidator({
  name: 'no_personal_data',
  title: 'No personal data',
  description:
    'Refuses a value in which a text holds what looks like personal data, and says where without repeating it.',
  config: CONFIG,
  validate: ({ value, config }) => {
    const errors = [...problemsIn(value, config.kinds)];
    return { valid: errors.length === 0, errors };
  },
});

export const plugin = definePlugin({ transforms: [maskPersonalData], validators: [noPersonalData] });
