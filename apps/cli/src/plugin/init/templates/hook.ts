import type { ContributionTemplate } from '../contribution-template.ts';

export const hookTemplate: ContributionTemplate = {
  kind: 'hook',
  variable: 'announce',
  description: {
    name: 'announce',
    title: 'Announce',
    description: 'Writes what happened in a run to its log.',
    config: {
      type: 'object',
      properties: { channel: { type: 'string', minLength: 1, description: 'Whom the line is for.' } },
      required: ['channel'],
      additionalProperties: false,
    },
  },
  work: (annotate) =>
    `export const lineFor = (type${annotate(': string')}, channel${annotate(': string')})${annotate(': string')} => \`\${channel}: \${type.replaceAll('_', ' ')}\`;`,
  handler: `handle: ({ event, config }, ctx) => {
    ctx.logger.info(lineFor(event.type, config.channel));
  },`,
  tested: 'lineFor',
  test: `test('writes a line', () => {
  assert.equal(lineFor('run_succeeded', 'orders'), 'orders: run succeeded');
});`,
  fixture: {
    name: 'a run that succeeded',
    input: { event: { type: 'run_succeeded', data: {} }, config: { channel: 'orders' } },
    output: null,
  },
  usage: (uses) => ({
    steps: [{ id: 'work', uses: 'core.noop' }],
    hooks: [{ uses, with: { channel: 'orders' }, on: ['run_succeeded'] }],
  }),
};
