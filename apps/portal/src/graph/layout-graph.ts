import { Graphviz } from '@hpcc-js/wasm-graphviz';
import { isRecord, readList, readString } from '../definition/json-record.ts';
import type { GraphEdge, PipelineGraph } from './pipeline-graph.ts';

/** In pixels; the layout runs in Graphviz's points, one to a pixel. */
export const NODE_SIZE = { width: 224, height: 56 } as const;

export type Point = Readonly<{ x: number; y: number }>;

/** `path` is an SVG path around all nodes; `label` the middle of the edge's label. */
export type PlacedEdge = Readonly<{ path: string; label: Point | null }>;

/** The top left corner of each node and the way of each edge, by their ids. */
export type GraphLayout = Readonly<{
  nodes: ReadonlyMap<string, Point>;
  edges: ReadonlyMap<string, PlacedEdge>;
}>;

/** Where the flow goes: to the right on wide screens, down on narrow ones. */
export type FlowDirection = 'right' | 'down';

const POINTS_PER_INCH = 72;
const LABEL_HEIGHT = 22;
const LABEL_PADDING = 22;
const CHARACTER_WIDTH = 6.7;
export const MAX_LABEL_WIDTH = 168;

/** Places a graph's nodes in layers along the flow and leads its edges around them. */
export async function layoutGraph(graph: PipelineGraph, direction: FlowDirection): Promise<GraphLayout> {
  if (graph.nodes.length === 0) return { nodes: new Map(), edges: new Map() };
  const graphviz = await Graphviz.load();
  const drawing: unknown = JSON.parse(graphviz.dot(toDot(graph, direction), 'json'));
  return readDrawing(drawing, graph);
}

function toDot({ nodes, edges }: PipelineGraph, direction: FlowDirection): string {
  // Nodes and edges are numbered, so that no id has to be quoted.
  const numbers = new Map(nodes.map((node, number) => [node.id, number]));
  const width = NODE_SIZE.width / POINTS_PER_INCH;
  const height = NODE_SIZE.height / POINTS_PER_INCH;
  return [
    'digraph {',
    `rankdir=${direction === 'right' ? 'LR' : 'TB'}; ranksep=0.75; nodesep=0.4; splines=true;`,
    `node [shape=box fixedsize=true label="" width=${width} height=${height}];`,
    'edge [arrowhead=none];',
    ...nodes.map((_, number) => `${number};`),
    ...edges.map(
      (edge, number) => `${numbers.get(edge.from)} -> ${numbers.get(edge.to)} [${attributes(edge, number)}];`,
    ),
    '}',
  ].join('\n');
}

function attributes({ label, kind }: GraphEdge, number: number): string {
  const id = `id=${number}`;
  // A loop goes against the flow, so it must not decide the layers.
  const rank = kind === 'loop' ? ' constraint=false' : '';
  if (label === null) return id + rank;
  const width = Math.min(MAX_LABEL_WIDTH, label.length * CHARACTER_WIDTH + LABEL_PADDING);
  const box = `<table border="0" fixedsize="true" width="${Math.ceil(width)}" height="${LABEL_HEIGHT}"><tr><td></td></tr></table>`;
  return `${id + rank} label=<${box}>`;
}

function readDrawing(drawing: unknown, graph: PipelineGraph): GraphLayout {
  const height = Number(readString(drawing, 'bb')?.split(',')[3] ?? 0);
  const nodes = new Map<string, Point>();
  const edges = new Map<string, PlacedEdge>();
  for (const object of readList(drawing, 'objects')) {
    const node = graph.nodes[Number(readString(object, 'name'))];
    const [center] = readPoints(readString(object, 'pos'), height);
    if (node && center) nodes.set(node.id, { x: center.x - NODE_SIZE.width / 2, y: center.y - NODE_SIZE.height / 2 });
  }
  for (const object of readList(drawing, 'edges')) {
    const edge = isRecord(object) ? graph.edges[Number(object['id'])] : undefined;
    if (edge === undefined) continue;
    const [label = null] = readPoints(readString(object, 'lp'), height);
    edges.set(edge.id, { path: toPath(readPoints(readString(object, 'pos'), height)), label });
  }
  return { nodes, edges };
}

/** Reads Graphviz's `x,y x,y …`, in which y grows upwards. */
function readPoints(text: string | null, height: number): readonly Point[] {
  return (text?.split(' ') ?? []).map((pair) => {
    const [x, y] = pair.split(',').map(Number);
    return { x: x ?? 0, y: height - (y ?? 0) };
  });
}

/** Writes a chain of cubic curves: a start, then two handles and an end for each. */
function toPath([start, ...rest]: readonly Point[]): string {
  if (start === undefined) return '';
  const print = ({ x, y }: Point) => `${x.toFixed(1)},${y.toFixed(1)}`;
  return `M${print(start)}C${rest.map(print).join(' ')}`;
}
