import { createBitMatrix, hasBit, mergeRow, setBit, type BitMatrix } from './bit-matrix.ts';
import type { GraphEdge, PipelineGraph } from './pipeline-graph.ts';

/** Beyond this many steps the question is not asked: the answer needs a set for each step. */
export const MAX_CERTAINTY_STEPS = 10_000;
const MAX_WORK = 60_000_000;

/** Tells which outputs surely exist when a step runs, and when the run ends. */
export type CertainOutputs = {
  /** Whether every way to `step` has an output of `of`. */
  readonly isThereBefore: (step: number, of: number) => boolean;
  readonly isThereAtEnd: (of: number) => boolean;
};

/**
 * Follows every path to a step: what succeeds on all of them has an output there. At a join of all branches, so has what those
 * steps lead to without a condition. Undefined for a pipeline that is too large to tell.
 */
export const findCertainOutputs = (graph: PipelineGraph): CertainOutputs | undefined => {
  const size = graph.order.length;
  if (size > MAX_CERTAINTY_STEPS) return undefined;
  const trust = trustOf(graph);
  const sets: Sets = {
    graph,
    trust,
    before: createBitMatrix(size, size),
    certain: createBitMatrix(size, size),
    implied: findImplied(graph, trust),
    budget: { work: 0 },
  };
  for (const [place, step] of graph.order.entries()) {
    const incoming = graph.incoming[step] ?? [];
    for (const { from } of incoming) addSource(sets.before, place, positionOf(graph, from));
    if (graph.starts.has(step) || incoming.length === 0) continue;
    intersectSources(sets, place, incoming);
    if (incoming.length > 1 && (graph.steps[step]?.join ?? 'all') === 'all') addImplied(sets, place);
    if (sets.budget.work > MAX_WORK) return undefined;
  }
  const atEnd = createBitMatrix(1, size);
  for (const step of graph.starts) if (trust.hasOutput(step)) addImpliedBy(sets, atEnd, positionOf(graph, step));
  return {
    isThereBefore: (step, of) =>
      isKnown(graph, step, of) && hasBit(sets.certain, positionOf(graph, step), positionOf(graph, of)),
    isThereAtEnd: (of) => positionOf(graph, of) >= 0 && hasBit(atEnd, 0, positionOf(graph, of)),
  };
};

type Trust = { readonly hasOutput: (step: number) => boolean; readonly isReached: (edge: GraphEdge) => boolean };

type Sets = {
  readonly graph: PipelineGraph;
  readonly trust: Trust;
  /** By place in the order: the steps before a step, those with a certain output, those that a step leads to for sure. */
  readonly before: BitMatrix;
  readonly certain: BitMatrix;
  readonly implied: BitMatrix;
  readonly budget: { work: number };
};

const positionOf = (graph: PipelineGraph, step: number): number => graph.position[step] ?? -1;

const isKnown = (graph: PipelineGraph, ...steps: readonly number[]): boolean =>
  steps.every((step) => positionOf(graph, step) >= 0);

/** Which steps surely have an output once they ran, and which surely run once their source succeeded. */
const trustOf = (graph: PipelineGraph): Trust => {
  const canBeCanceled = new Set<number>();
  for (const [index, step] of graph.steps.entries()) {
    for (const id of step.cancels ?? []) canBeCanceled.add(graph.indexOf.get(id) ?? -1);
    if (step.cancel_rest === true) for (const { from } of graph.incoming[index] ?? []) canBeCanceled.add(from);
  }
  const hasOutput = (step: number): boolean => {
    const { on_error: onError, fallback } = graph.steps[step] ?? {};
    return onError !== 'continue' || fallback !== undefined;
  };
  return {
    hasOutput,
    isReached: (edge) =>
      isUnconditional(graph, edge) &&
      typeof graph.steps[edge.to]?.join !== 'object' &&
      hasOutput(edge.to) &&
      !canBeCanceled.has(edge.to),
  };
};

const isUnconditional = (graph: PipelineGraph, { from, transition }: GraphEdge): boolean =>
  transition.condition === undefined &&
  transition.default !== true &&
  transition.on !== 'error' &&
  (graph.steps[from]?.router ?? 'all_matches') === 'all_matches';

const findImplied = (graph: PipelineGraph, trust: Trust): BitMatrix => {
  const implied = createBitMatrix(graph.order.length, graph.order.length);
  for (let place = graph.order.length - 1; place >= 0; place -= 1) {
    for (const edge of graph.outgoing[graph.order[place] ?? -1] ?? []) {
      const target = positionOf(graph, edge.to);
      if (target >= 0 && trust.isReached(edge)) addSource(implied, place, target);
    }
  }
  return implied;
};

const addSource = (matrix: BitMatrix, row: number, other: number): void => {
  mergeRow(matrix, row, other);
  setBit(matrix, row, other);
};

/** What is certain at every source is certain here; a source itself is when its success leads here. */
const intersectSources = ({ graph, trust, certain }: Sets, place: number, incoming: readonly GraphEdge[]): void => {
  const { words, bits } = certain;
  const own = place * words;
  bits.fill(-1, own, own + words);
  for (const { from, transition } of incoming) {
    const source = positionOf(graph, from);
    const succeeded = transition.on !== 'error' && trust.hasOutput(from) ? source : -1;
    for (let word = 0; word < words; word += 1) {
      const extra = succeeded >>> 5 === word && succeeded >= 0 ? 1 << (succeeded & 31) : 0;
      bits[own + word] = (bits[own + word] ?? 0) & ((bits[source * words + word] ?? 0) | extra);
    }
  }
};

/** Adds what the certain steps lead to without a condition, as far as it lies before the join. */
const addImplied = ({ before, certain, implied, budget }: Sets, place: number): void => {
  const { words } = certain;
  const covered = createBitMatrix(1, words * 32);
  for (let word = 0; word < words; word += 1) {
    let rest = certain.bits[place * words + word] ?? 0;
    while (rest !== 0) {
      const bit = 31 - Math.clz32(rest & -rest);
      rest &= rest - 1;
      const step = word * 32 + bit;
      if (hasBit(covered, 0, step)) continue;
      for (let index = 0; index < words; index += 1) {
        covered.bits[index] = (covered.bits[index] ?? 0) | (implied.bits[step * words + index] ?? 0);
      }
      budget.work += words;
    }
  }
  for (let word = 0; word < words; word += 1) {
    const index = place * words + word;
    const added = (covered.bits[word] ?? 0) & (before.bits[index] ?? 0);
    certain.bits[index] = (certain.bits[index] ?? 0) | added;
  }
};

const addImpliedBy = ({ implied }: Sets, target: BitMatrix, step: number): void => {
  setBit(target, 0, step);
  for (let word = 0; word < implied.words; word += 1) {
    target.bits[word] = (target.bits[word] ?? 0) | (implied.bits[step * implied.words + word] ?? 0);
  }
};
