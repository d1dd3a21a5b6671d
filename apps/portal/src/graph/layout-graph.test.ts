import { describe, expect, it } from 'vitest';
import { type FlowDirection, layoutGraph, NODE_SIZE } from './layout-graph.ts';
import { pipelineGraph } from './pipeline-graph.ts';

type Link = Readonly<{ from: string; to: string; loop?: object }>;

const graphOf = (ids: readonly string[], transitions: readonly Link[]) =>
  pipelineGraph({ steps: ids.map((id) => ({ id, uses: 'core.noop' })), flow: { transitions } });

const layout = (graph: ReturnType<typeof graphOf>, direction: FlowDirection = 'right') => layoutGraph(graph, direction);

describe('layoutGraph', () => {
  it('puts each step to the right of those it follows', async () => {
    const positions = await layout(
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
    const x = (id: string) => positions.get(id)?.x ?? Number.NaN;
    expect(x('b')).toBeGreaterThan(x('a') + NODE_SIZE.width);
    expect(x('c')).toBeCloseTo(x('b'));
    expect(x('d')).toBeGreaterThan(x('b') + NODE_SIZE.width);
  });

  it('goes down on narrow screens', async () => {
    const positions = await layout(graphOf(['a', 'b'], [{ from: 'a', to: 'b' }]), 'down');
    expect(positions.get('b')?.x).toBeCloseTo(positions.get('a')?.x ?? Number.NaN);
    expect(positions.get('b')?.y).toBeGreaterThan((positions.get('a')?.y ?? Number.NaN) + NODE_SIZE.height);
  });

  it('keeps parallel steps apart', async () => {
    const positions = await layout(
      graphOf(
        ['a', 'b', 'c'],
        [
          { from: 'a', to: 'b' },
          { from: 'a', to: 'c' },
        ],
      ),
    );
    const distance = Math.abs((positions.get('b')?.y ?? 0) - (positions.get('c')?.y ?? 0));
    expect(distance).toBeGreaterThan(NODE_SIZE.height);
  });

  it('does not let a loop turn the flow around', async () => {
    const positions = await layout(
      graphOf(
        ['a', 'b'],
        [
          { from: 'a', to: 'b' },
          { from: 'b', to: 'a', loop: { max_iterations: 3 } },
        ],
      ),
    );
    expect(positions.get('b')?.x).toBeGreaterThan(positions.get('a')?.x ?? Number.NaN);
  });

  it('places ids that are words of the layout language', async () => {
    const positions = await layout(graphOf(['node', 'graph', 'a-b'], [{ from: 'node', to: 'graph' }]));
    expect([...positions.keys()]).toEqual(['node', 'graph', 'a-b']);
  });

  it('places nothing when there is nothing', async () => {
    expect(await layout(graphOf([], []))).toEqual(new Map());
  });
});
