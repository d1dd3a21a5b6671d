import type { ContributionTemplate } from '../contribution-template.ts';

export const exporterTemplate: ContributionTemplate = {
  kind: 'exporter',
  variable: 'statsd',
  description: {
    name: 'statsd_lines',
    title: 'StatsD lines',
    description: 'Writes measurements to the log, as lines that StatsD reads.',
    config: {
      type: 'object',
      properties: { prefix: { type: 'string', minLength: 1, description: 'What every name begins with.' } },
      required: ['prefix'],
      additionalProperties: false,
    },
  },
  work: (
    annotate,
  ) => `export const statsdLine = (point${annotate(': { name: string; kind: string; value: number }')}, prefix${annotate(': string')})${annotate(': string')} =>
  \`\${prefix}.\${point.name}:\${point.value}|\${point.kind === 'counter' ? 'c' : 'h'}\`;`,
  handler: `export: ({ points, config }, ctx) => {
    for (const point of points) ctx.logger.info(statsdLine(point, config.prefix));
  },`,
  tested: 'statsdLine',
  test: `test('writes a counter', () => {
  assert.equal(statsdLine({ name: 'runs', kind: 'counter', value: 1 }, 'ia'), 'ia.runs:1|c');
});`,
  fixture: {
    name: 'one counter',
    input: {
      points: [{ name: 'runs', kind: 'counter', unit: '{run}', value: 1, labels: {}, at: 0 }],
      config: { prefix: 'ia' },
    },
    output: null,
  },
  usage: (uses) => ({ steps: [{ id: 'work', uses: 'core.noop' }], exporters: [{ uses, with: { prefix: 'ia' } }] }),
};
