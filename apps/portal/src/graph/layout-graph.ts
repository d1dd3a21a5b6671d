import { Graphviz } from '@hpcc-js/wasm-graphviz';
import type { PipelineGraph } from './pipeline-graph.ts';

export const NODE_SIZE = { width: 200, height: 56 } as const;

/** The top left corner of each node, in pixels, by its id. */
export type GraphLayout = ReadonlyMap<string, Readonly<{ x: number; y: number }>>;

const POINTS_PER_INCH = 72;

/** Where the flow goes: to the right on wide screens, down on narrow ones. */
export type FlowDirection = 'right' | 'down';

const LAYER_GAP_INCHES = { right: { plain: 0.9, labelled: 2.2 }, down: { plain: 0.6, labelled: 0.9 } } as const;

/** Places a graph's nodes in layers along the flow, edges crossing as little as possible. */
export async function layoutGraph(graph: PipelineGraph, direction: FlowDirection): Promise<GraphLayout> {
  if (graph.nodes.length === 0) return new Map();
  const graphviz = await Graphviz.load();
  return readPositions(graphviz.dot(toDot(graph, direction), 'plain'), graph);
}

function toDot({ nodes, edges }: PipelineGraph, direction: FlowDirection): string {
  // Nodes are numbered, so that no id has to be quoted.
  const numbers = new Map(nodes.map((node, number) => [node.id, number]));
  const width = NODE_SIZE.width / POINTS_PER_INCH;
  const height = NODE_SIZE.height / POINTS_PER_INCH;
  const hasLabels = edges.some(({ label }) => label !== null);
  const layerGap = LAYER_GAP_INCHES[direction][hasLabels ? 'labelled' : 'plain'];
  return [
    'digraph {',
    `rankdir=${direction === 'right' ? 'LR' : 'TB'}; ranksep=${layerGap}; nodesep=0.4; splines=false;`,
    `node [shape=box fixedsize=true label="" width=${width} height=${height}];`,
    ...nodes.map((_, number) => `${number};`),
    ...edges.map(({ from, to, kind }) =>
      kind === 'loop'
        ? `${numbers.get(to)} -> ${numbers.get(from)} [weight=0];`
        : `${numbers.get(from)} -> ${numbers.get(to)};`,
    ),
    '}',
  ].join('\n');
}

/** Reads Graphviz's plain format: `graph scale width height`, then `node name x y …` with y upwards, in inches. */
function readPositions(plain: string, { nodes }: PipelineGraph): GraphLayout {
  const positions = new Map<string, { x: number; y: number }>();
  let graphHeight = 0;
  for (const line of plain.split('\n')) {
    const [kind, ...fields] = line.split(' ');
    if (kind === 'graph') graphHeight = Number(fields[2]) * POINTS_PER_INCH;
    const node = kind === 'node' ? nodes[Number(fields[0])] : undefined;
    if (node === undefined) continue;
    positions.set(node.id, {
      x: Number(fields[1]) * POINTS_PER_INCH - NODE_SIZE.width / 2,
      y: graphHeight - Number(fields[2]) * POINTS_PER_INCH - NODE_SIZE.height / 2,
    });
  }
  return positions;
}
