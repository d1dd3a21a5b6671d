import type { GraphEdge, PipelineGraph } from './pipeline-graph.ts';

/** Beyond this many steps the question is not asked: the answer needs a set for each step. */
export const MAX_CERTAINTY_STEPS = 2_000;

/** Tells which outputs surely exist when a step runs, and when the run ends. */
export type CertainOutputs = {
  before(index: number): ReadonlySet<number>;
  readonly atEnd: ReadonlySet<number>;
};

/**
 * Follows every path to a step: what succeeds on all of them has an output there. At a join of all branches, so has what those
 * steps lead to without a condition.
 */
export const findCertainOutputs = (graph: PipelineGraph): CertainOutputs | undefined => {
  if (graph.steps.length > MAX_CERTAINTY_STEPS) return undefined;
  const certain = new Map<number, ReadonlySet<number>>();
  const starts = new Set(graph.starts);
  for (const index of graph.order) {
    const incoming = graph.incoming[index] ?? [];
    const base = starts.has(index) || incoming.length === 0 ? new Set<number>() : commonTo(graph, incoming, certain);
    certain.set(index, waitsForAll(graph, index) ? withImplied(graph, base, ancestorsOf(graph, index)) : base);
  }
  const alwaysRunning = new Set(graph.starts.filter((index) => !mayGoOnFailed(graph, index)));
  return { before: (index) => certain.get(index) ?? new Set(), atEnd: withImplied(graph, alwaysRunning, undefined) };
};

const waitsForAll = (graph: PipelineGraph, index: number): boolean => (graph.steps[index]?.join ?? 'all') === 'all';

/** A step that lets the run go on without an output when it fails. */
const mayGoOnFailed = (graph: PipelineGraph, index: number): boolean => {
  const step = graph.steps[index];
  return step?.on_error === 'continue' && step.fallback === undefined;
};

const commonTo = (
  graph: PipelineGraph,
  incoming: readonly GraphEdge[],
  certain: ReadonlyMap<number, ReadonlySet<number>>,
): Set<number> => {
  let common: Set<number> | undefined;
  for (const { from, transition } of incoming) {
    const onPath = new Set(certain.get(from));
    if (transition.on !== 'error' && !mayGoOnFailed(graph, from)) onPath.add(from);
    common = common === undefined ? onPath : new Set([...common].filter((index) => onPath.has(index)));
  }
  return common ?? new Set();
};

const isUnconditional = (graph: PipelineGraph, { from, transition }: GraphEdge): boolean =>
  transition.condition === undefined &&
  transition.default !== true &&
  transition.on !== 'error' &&
  graph.steps[from]?.router !== 'first_match';

const withImplied = (graph: PipelineGraph, base: Set<number>, within: ReadonlySet<number> | undefined): Set<number> => {
  const known = new Set(base);
  for (const index of known) {
    for (const edge of graph.outgoing[index] ?? []) {
      const { to } = edge;
      const isCertainTarget =
        isUnconditional(graph, edge) && typeof graph.steps[to]?.join !== 'object' && !mayGoOnFailed(graph, to);
      if (isCertainTarget && (within === undefined || within.has(to))) known.add(to);
    }
  }
  return known;
};

const ancestorsOf = (graph: PipelineGraph, index: number): ReadonlySet<number> => {
  const ancestors = new Set<number>();
  for (const { from } of graph.incoming[index] ?? []) ancestors.add(from);
  for (const current of ancestors) for (const { from } of graph.incoming[current] ?? []) ancestors.add(from);
  return ancestors;
};
