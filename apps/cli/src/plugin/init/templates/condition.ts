import type { ContributionTemplate } from '../contribution-template.ts';

export const conditionTemplate: ContributionTemplate = {
  kind: 'condition',
  variable: 'isLong',
  description: {
    name: 'is_long',
    title: 'Is long',
    description: 'Holds when the output of the step, written as JSON, has at least so many characters.',
    config: {
      type: 'object',
      properties: { chars: { type: 'integer', minimum: 1, description: 'How many characters count as long.' } },
      required: ['chars'],
      additionalProperties: false,
    },
  },
  work: (annotate) =>
    `export const hasChars = (value${annotate(': unknown')}, chars${annotate(': number')})${annotate(': boolean')} => JSON.stringify(value).length >= chars;`,
  handler: 'evaluate: ({ config, step }) => hasChars(step.output, config.chars),',
  tested: 'hasChars',
  test: `test('measures a value as JSON', () => {
  assert.equal(hasChars('four', 6), true);
  assert.equal(hasChars('four', 7), false);
});`,
  fixture: {
    name: 'a long output',
    input: {
      config: { chars: 10 },
      parameters: {},
      step: { id: 'write', status: 'succeeded', output: 'quite a long text', error: null },
    },
    output: true,
  },
  usage: (uses) => ({
    steps: [
      { id: 'write', uses: 'core.noop', with: { text: 'quite a long text' } },
      { id: 'shorten', uses: 'core.noop' },
    ],
    flow: {
      transitions: [
        { from: 'write', to: 'shorten', condition: { type: 'plugin', plugin: uses, config: { chars: 10 } } },
      ],
    },
  }),
};
