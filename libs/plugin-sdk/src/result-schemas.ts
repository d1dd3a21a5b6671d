import type { ContributionKind } from './contribution.ts';
import type { JsonSchema } from './json-schema.ts';

/** What contributions other than steps may answer, by kind; a step says so itself. */
export const RESULT_SCHEMAS: Readonly<Record<Exclude<ContributionKind, 'step'>, JsonSchema>> = {
  condition: { type: 'boolean' },
  validator: {
    anyOf: [
      { type: 'boolean' },
      {
        type: 'object',
        properties: {
          valid: { type: 'boolean' },
          errors: {
            type: 'array',
            items: {
              type: 'object',
              properties: { path: { type: 'string' }, message: { type: 'string' } },
              required: ['path', 'message'],
            },
          },
        },
        required: ['valid'],
      },
    ],
  },
  transform: {},
  hook: {},
  reporter: {},
  exporter: {},
};
