import type { ContributionTemplate } from '../contribution-template.ts';

export const reporterTemplate: ContributionTemplate = {
  kind: 'reporter',
  variable: 'tally',
  description: {
    name: 'tally',
    title: 'Tally',
    description: 'Counts the events of a run by their types, and writes the counts to its log.',
    config: { type: 'object', additionalProperties: false },
  },
  work: (
    annotate,
  ) => `export const countTypes = (events${annotate(': readonly { readonly type: string }[]')})${annotate(': string')} => {
  const counts = new Map${annotate('<string, number>')}();
  for (const { type } of events) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => \`\${type} \${count}\`).join(', ');
};`,
  handler: `report: ({ events }, ctx) => {
    ctx.logger.info(countTypes(events));
  },`,
  tested: 'countTypes',
  test: `test('counts events by type', () => {
  assert.equal(countTypes([{ type: 'a' }, { type: 'b' }, { type: 'a' }]), 'a 2, b 1');
});`,
  fixture: {
    name: 'two events',
    input: {
      events: [
        { runId: 'run', seq: 1, at: 0, type: 'run_started' },
        { runId: 'run', seq: 2, at: 5, type: 'run_succeeded' },
      ],
      config: {},
    },
    output: null,
  },
  usage: (uses) => ({ steps: [{ id: 'work', uses: 'core.noop' }], reporters: [{ uses }] }),
};
