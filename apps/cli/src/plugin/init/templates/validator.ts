import type { ContributionTemplate } from '../contribution-template.ts';

export const validatorTemplate: ContributionTemplate = {
  kind: 'validator',
  variable: 'hasText',
  description: {
    name: 'has_text',
    title: 'Has text',
    description: 'Refuses a value whose field is no text, or an empty one.',
    config: {
      type: 'object',
      properties: { field: { type: 'string', minLength: 1, description: 'Which field to look at.' } },
      required: ['field'],
      additionalProperties: false,
    },
  },
  work: (
    annotate,
  ) => `export const textProblems = (value${annotate(': unknown')}, field${annotate(': string')})${annotate(': { path: string; message: string }[]')} => {
  const text = typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
  return typeof text === 'string' && text.trim() !== '' ? [] : [{ path: \`$.\${field}\`, message: 'must be a text' }];
};`,
  handler: `validate: ({ value, config }) => {
    const errors = textProblems(value, config.field);
    return { valid: errors.length === 0, errors };
  },`,
  tested: 'textProblems',
  test: `test('refuses what is no text', () => {
  assert.deepEqual(textProblems({ title: 'Report' }, 'title'), []);
  assert.deepEqual(textProblems({ title: ' ' }, 'title'), [{ path: '$.title', message: 'must be a text' }]);
});`,
  fixture: {
    name: 'an empty title',
    input: { value: { title: '' }, config: { field: 'title' } },
    output: { valid: false, errors: [{ path: '$.title', message: 'must be a text' }] },
  },
  usage: (uses) => ({
    steps: [
      { id: 'write', uses: 'core.noop', with: { title: 'Report' }, validate: [{ uses, with: { field: 'title' } }] },
    ],
  }),
};
