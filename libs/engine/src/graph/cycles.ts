import type { GraphEdge, PipelineGraph } from './pipeline-graph.ts';

/** A way round the graph: the steps from the first to the one whose transition leads back to it. */
export type Cycle = { readonly steps: readonly number[]; readonly closedBy: GraphEdge };

type Visit = { readonly step: number; next: number };

/** Finds cycles that no loop closes: one for each transition that leads back, `limit` at the most. */
export const findCycles = (graph: PipelineGraph, limit: number): Cycle[] => {
  if (graph.order.length === graph.steps.length) return [];
  const cycles: Cycle[] = [];
  const state = new Uint8Array(graph.steps.length);
  const depth = new Int32Array(graph.steps.length);
  for (const root of [...graph.starts, ...graph.steps.keys()]) {
    if (state[root] === UNSEEN) walk(graph, root, { cycles, limit, state, depth });
    if (cycles.length >= limit) break;
  }
  return cycles;
};

const [UNSEEN, OPEN, DONE] = [0, 1, 2];

type Walk = {
  readonly cycles: Cycle[];
  readonly limit: number;
  readonly state: Uint8Array;
  readonly depth: Int32Array;
};

/** Goes down by a list of its own: a pipeline may be deeper than the stack. */
const walk = (graph: PipelineGraph, root: number, { cycles, limit, state, depth }: Walk): void => {
  const trail: Visit[] = [{ step: root, next: 0 }];
  state[root] = OPEN;
  depth[root] = 0;
  for (let visit = trail.at(-1); visit !== undefined && cycles.length < limit; visit = trail.at(-1)) {
    const edge = graph.outgoing[visit.step]?.[visit.next];
    visit.next += 1;
    if (edge === undefined) {
      state[visit.step] = DONE;
      trail.pop();
    } else if (state[edge.to] === OPEN) {
      cycles.push({ steps: trail.slice(depth[edge.to]).map(({ step }) => step), closedBy: edge });
    } else if (state[edge.to] === UNSEEN) {
      state[edge.to] = OPEN;
      depth[edge.to] = trail.length;
      trail.push({ step: edge.to, next: 0 });
    }
  }
};
