import { describe, expect, it } from 'vitest';
import { pipelineGraph } from './pipeline-graph.ts';

const definition = {
  steps: [
    { id: 'fetch', name: 'Fetch the page', uses: 'http.request' },
    { id: 'score', uses: 'core.noop' },
    { id: 'alert', uses: 'core.fail' },
  ],
  flow: {
    transitions: [
      { from: 'fetch', to: 'score', condition: 'steps.fetch.output.status == 200' },
      { from: 'fetch', to: 'alert', on: 'error' },
      { from: 'score', to: 'alert', default: true },
      { from: 'score', to: 'fetch', loop: { max_iterations: 3 } },
    ],
  },
};

describe('pipelineGraph', () => {
  it('names each step by its name, else its id, and says what it runs', () => {
    expect(pipelineGraph(definition).nodes).toEqual([
      { id: 'fetch', label: 'Fetch the page', detail: 'http.request' },
      { id: 'score', label: 'score', detail: 'core.noop' },
      { id: 'alert', label: 'alert', detail: 'core.fail' },
    ]);
  });

  it('labels transitions with when they are taken', () => {
    const labels = pipelineGraph(definition).edges.map(({ kind, label }) => [kind, label]);
    expect(labels).toEqual([
      ['conditional', 'steps.fetch.output.status == 200'],
      ['error', 'on error'],
      ['default', 'otherwise'],
      ['loop', 'loop'],
    ]);
  });

  it('prints object conditions', () => {
    const condition = { type: 'expression', source: 'steps.a.output.n', operator: 'greater_than', value: 3 };
    const { edges } = pipelineGraph({
      steps: [{ id: 'a' }, { id: 'b' }],
      flow: { transitions: [{ from: 'a', to: 'b', condition }] },
    });
    expect(edges[0]?.label).toBe('steps.a.output.n greater than 3');
  });

  it('cuts long conditions', () => {
    const { edges } = pipelineGraph({
      steps: [{ id: 'a' }, { id: 'b' }],
      flow: { transitions: [{ from: 'a', to: 'b', condition: 'x'.repeat(100) }] },
    });
    expect(edges[0]?.label).toBe(`${'x'.repeat(59)}…`);
  });

  it('draws what is whole of a half-written definition', () => {
    const draft = {
      steps: [{ id: 'a', uses: 'core.noop' }, { id: 'a', uses: 'core.fail' }, {}, 7],
      flow: { transitions: [{ from: 'a', to: 'gone' }, { from: 'a' }, null] },
    };
    expect(pipelineGraph(draft)).toEqual({ nodes: [{ id: 'a', label: 'a', detail: 'core.noop' }], edges: [] });
    expect(pipelineGraph(null)).toEqual({ nodes: [], edges: [] });
  });
});
