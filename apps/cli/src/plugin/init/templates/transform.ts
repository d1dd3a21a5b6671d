import type { ContributionTemplate } from '../contribution-template.ts';

export const transformTemplate: ContributionTemplate = {
  kind: 'transform',
  variable: 'pick',
  description: {
    name: 'pick',
    title: 'Pick fields',
    description: 'Keeps some fields of an object.',
    config: {
      type: 'object',
      properties: {
        fields: { type: 'array', items: { type: 'string' }, minItems: 1, description: 'Which fields to keep.' },
      },
      required: ['fields'],
      additionalProperties: false,
    },
  },
  work: (
    annotate,
  ) => `export const pickFields = (value${annotate(': Json')}, fields${annotate(': readonly string[]')})${annotate(': Json')} => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => fields.includes(key)));
};`,
  handler: 'transform: ({ value, config }) => pickFields(value, config.fields),',
  tested: 'pickFields',
  test: `test('keeps the named fields', () => {
  assert.deepEqual(pickFields({ id: 1, name: 'Ada', age: 36 }, ['id', 'name']), { id: 1, name: 'Ada' });
  assert.equal(pickFields('text', ['id']), 'text');
});`,
  fixture: {
    name: 'keeps the id',
    input: { value: { id: 1, note: 'draft' }, config: { fields: ['id'] } },
    output: { id: 1 },
  },
  usage: (uses) => ({
    steps: [
      {
        id: 'order',
        uses: 'core.noop',
        with: { id: 1, note: 'draft' },
        transform: [{ uses, with: { fields: ['id'] } }],
      },
    ],
  }),
};
