import type { PipelineGraph } from './pipeline-graph.ts';

/** How far up the answer is looked for; beyond, nothing is said, which is true as well. */
const MAX_HOPS = 64;

/** For each step one that lies on every way to it, the nearest that was found; -1 when there is none. */
export const findDominators = (graph: PipelineGraph): Int32Array => {
  const dominators = new Int32Array(graph.steps.length).fill(-1);
  const depths = new Int32Array(graph.steps.length);
  for (const step of graph.order) {
    const incoming = graph.incoming[step] ?? [];
    const [first] = incoming;
    if (first === undefined || graph.starts.has(step)) continue;
    let common = first.from;
    for (const { from } of incoming) {
      if (common === -1) break;
      common = from === common ? common : meet(from, common, { dominators, depths });
    }
    dominators[step] = common;
    depths[step] = common === -1 ? 0 : (depths[common] ?? 0) + 1;
  }
  return dominators;
};

type Tree = { readonly dominators: Int32Array; readonly depths: Int32Array };

/** The nearest step that both lie below, or that one of them is; -1 when none was found. */
export const meet = (a: number, b: number, { dominators, depths }: Tree): number => {
  let [left, right] = [a, b];
  for (let hop = 0; left !== right; hop += 1) {
    if (hop >= MAX_HOPS || left === -1 || right === -1) return -1;
    if ((depths[left] ?? 0) >= (depths[right] ?? 0)) left = dominators[left] ?? -1;
    else right = dominators[right] ?? -1;
  }
  return left;
};

/** Whether a step surely lies on every way to another. False says nothing. */
export const dominates = (dominators: Int32Array, step: number, of: number): boolean => {
  let current = dominators[step] ?? -1;
  for (let hop = 0; current !== -1 && hop < MAX_HOPS; hop += 1) {
    if (current === of) return true;
    current = dominators[current] ?? -1;
  }
  return false;
};
