import type { ContributionTemplate } from '../contribution-template.ts';

export const stepTemplate: ContributionTemplate = {
  kind: 'step',
  variable: 'greet',
  description: {
    name: 'greet',
    title: 'Greet',
    description: 'Greets somebody by name.',
    input: {
      type: 'object',
      properties: { name: { type: 'string', minLength: 1, description: 'Whom to greet.' } },
      required: ['name'],
      additionalProperties: false,
    },
    output: {
      type: 'object',
      properties: { greeting: { type: 'string', description: 'What to say.' } },
      required: ['greeting'],
    },
  },
  work: (annotate) =>
    `export const greetingFor = (name${annotate(': string')})${annotate(': string')} => \`Hello \${name.trim()}!\`;`,
  handler: `run: ({ name }, ctx) => {
    ctx.logger.info(\`greeting \${name}\`);
    return { greeting: greetingFor(name) };
  },`,
  tested: 'greetingFor',
  test: `test('greets by name', () => {
  assert.equal(greetingFor(' Ada '), 'Hello Ada!');
});`,
  fixture: { name: 'greets Ada', input: { name: 'Ada' }, output: { greeting: 'Hello Ada!' } },
  usage: (uses) => ({ steps: [{ id: 'hello', uses, with: { name: 'Ada' }, timeout: '10s' }] }),
};
