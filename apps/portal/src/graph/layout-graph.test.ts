import { describe, expect, it } from 'vitest';
import { type FlowDirection, layoutGraph, NODE_SIZE } from './layout-graph.ts';
import { pipelineGraph } from './pipeline-graph.ts';

type Link = Readonly<{ from: string; to: string; loop?: object }>;

const graphOf = (ids: readonly string[], transitions: readonly Link[]) =>
  pipelineGraph({ steps: ids.map((id) => ({ id, uses: 'core.noop' })), flow: { transitions } });

const layout = (graph: ReturnType<typeof graphOf>, direction: FlowDirection = 'right') => layoutGraph(graph, direction);

describe('layoutGraph', () => {
  it('puts each step to the right of those it follows', async () => {
    const { nodes } = await layout(
      graphOf(
        ['a', 'b', 'c', 'd'],
        [
          { from: 'a', to: 'b' },
          { from: 'a', to: 'c' },
          { from: 'b', to: 'd' },
          { from: 'c', to: 'd' },
        ],
      ),
    );
    const x = (id: string) => nodes.get(id)?.x ?? Number.NaN;
    expect(x('b')).toBeGreaterThan(x('a') + NODE_SIZE.width);
    expect(x('c')).toBeCloseTo(x('b'));
    expect(x('d')).toBeGreaterThan(x('b') + NODE_SIZE.width);
  });

  it('goes down on narrow screens', async () => {
    const { nodes } = await layout(graphOf(['a', 'b'], [{ from: 'a', to: 'b' }]), 'down');
    expect(nodes.get('b')?.x).toBeCloseTo(nodes.get('a')?.x ?? Number.NaN);
    expect(nodes.get('b')?.y).toBeGreaterThan((nodes.get('a')?.y ?? Number.NaN) + NODE_SIZE.height);
  });

  it('keeps parallel steps apart', async () => {
    const { nodes } = await layout(
      graphOf(
        ['a', 'b', 'c'],
        [
          { from: 'a', to: 'b' },
          { from: 'a', to: 'c' },
        ],
      ),
    );
    const distance = Math.abs((nodes.get('b')?.y ?? 0) - (nodes.get('c')?.y ?? 0));
    expect(distance).toBeGreaterThan(NODE_SIZE.height);
  });

  it('does not let a loop turn the flow around', async () => {
    const { nodes } = await layout(
      graphOf(
        ['a', 'b'],
        [
          { from: 'a', to: 'b' },
          { from: 'b', to: 'a', loop: { max_iterations: 3 } },
        ],
      ),
    );
    expect(nodes.get('b')?.x).toBeGreaterThan(nodes.get('a')?.x ?? Number.NaN);
  });

  it('places ids that are words of the layout language', async () => {
    const { nodes } = await layout(graphOf(['node', 'graph', 'a-b'], [{ from: 'node', to: 'graph' }]));
    expect([...nodes.keys()]).toEqual(['node', 'graph', 'a-b']);
  });

  it('leads each edge from node to node and makes room for its label', async () => {
    const graph = pipelineGraph({
      steps: [{ id: 'a' }, { id: 'b' }],
      flow: { transitions: [{ from: 'a', to: 'b', condition: 'steps.a.output.count > 0' }] },
    });
    const { nodes, edges } = await layout(graph);
    const [edge] = edges.values();
    const start = Number(/^M([\d.]+),/.exec(edge?.path ?? '')?.[1]);
    const rightOfA = (nodes.get('a')?.x ?? Number.NaN) + NODE_SIZE.width;
    expect(Math.abs(start - rightOfA)).toBeLessThan(1);
    expect(edge?.label?.x).toBeGreaterThan(start);
    expect(edge?.label?.x).toBeLessThan(nodes.get('b')?.x ?? Number.NaN);
  });

  it('places nothing when there is nothing', async () => {
    expect(await layout(graphOf([], []))).toEqual({ nodes: new Map(), edges: new Map() });
  });
});
