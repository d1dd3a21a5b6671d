import { createBitMatrix, hasBit, mergeRow, setBit, type BitMatrix } from './bit-matrix.ts';
import { dominates, findDominators } from './dominators.ts';
import type { PipelineGraph } from './pipeline-graph.ts';

/** Whether the step `of` may have run before `step`. */
export type AncestryQuery = { readonly step: number; readonly of: number };

/** `loop`: only in an earlier iteration; `unknown`: on or behind a cycle, where nothing comes before anything. */
export type Ancestry = 'before' | 'loop' | 'never' | 'unknown';

const COLUMNS_PER_BLOCK = 1_024;
const MAX_ROUNDS = 16;

/** A query with its place among the questions. */
export type OpenQuery = AncestryQuery & { readonly place: number };

/** Answers many questions at once: a pass over the graph serves a thousand steps that are asked for. */
export const findAncestry = (graph: PipelineGraph, queries: readonly AncestryQuery[]): Ancestry[] => {
  const answers: Ancestry[] = queries.map(() => 'never');
  const open: OpenQuery[] = [];
  const dominators = queries.length > 0 ? findDominators(graph) : new Int32Array();
  for (const [place, { step, of }] of queries.entries()) {
    if ((graph.position[step] ?? -1) < 0 || (graph.position[of] ?? -1) < 0) answers[place] = 'unknown';
    else if (dominates(dominators, step, of)) answers[place] = 'before';
    else open.push({ step, of, place });
  }
  for (const block of blocksOf(graph, open)) answerForward(graph, block, answers);
  if (graph.loops.length === 0) return answers;
  const left = open.filter(({ place }) => answers[place] === 'never');
  for (const block of blocksOf(graph, left)) answerAround(graph, block, answers);
  return answers;
};

/** Some of the steps that are asked for, each with its column. */
export type Block = { readonly columns: ReadonlyMap<number, number>; readonly queries: readonly OpenQuery[] };

/** Steps that stand near each other share a block, so that a pass need not look at the whole graph. */
export const blocksOf = (graph: PipelineGraph, queries: readonly OpenQuery[]): Block[] => {
  const byStep = new Map<number, OpenQuery[]>();
  for (const query of queries) {
    const known = byStep.get(query.of);
    if (known === undefined) byStep.set(query.of, [query]);
    else known.push(query);
  }
  const ordered = [...byStep.keys()].toSorted((a, b) => (graph.position[a] ?? 0) - (graph.position[b] ?? 0));
  const blocks: Block[] = [];
  for (let start = 0; start < ordered.length; start += COLUMNS_PER_BLOCK) {
    const steps = ordered.slice(start, start + COLUMNS_PER_BLOCK);
    blocks.push({
      columns: new Map(steps.map((step, column) => [step, column])),
      queries: steps.flatMap((step) => byStep.get(step) ?? []),
    });
  }
  return blocks;
};

const answerForward = (graph: PipelineGraph, { columns, queries }: Block, answers: Ancestry[]): void => {
  const positionOf = (step: number): number => graph.position[step] ?? 0;
  let first = graph.order.length;
  for (const step of columns.keys()) first = Math.min(first, positionOf(step));
  let last = 0;
  for (const { step } of queries) last = Math.max(last, positionOf(step));
  // A row for each place from the first step that is asked for to the last that asks.
  const matrix = createBitMatrix(Math.max(0, last - first + 1), columns.size);
  for (let place = first; place <= last; place += 1) {
    for (const { from } of graph.incoming[graph.order[place] ?? -1] ?? []) {
      if (positionOf(from) < first) continue;
      mergeRow(matrix, place - first, positionOf(from) - first);
      const column = columns.get(from);
      if (column !== undefined) setBit(matrix, place - first, column);
    }
  }
  for (const { step, of, place } of queries) {
    if (positionOf(step) < first) continue;
    if (hasBit(matrix, positionOf(step) - first, columns.get(of) ?? 0)) answers[place] = 'before';
  }
};

/** Follows loops too, round by round until nothing is new. Should that take very long, the answer is the lenient one. */
const answerAround = (graph: PipelineGraph, { columns, queries }: Block, answers: Ancestry[]): void => {
  const matrix = createBitMatrix(graph.steps.length, columns.size);
  let isSettled = false;
  for (let round = 0; !isSettled && round < MAX_ROUNDS; round += 1) isSettled = !spread(graph, matrix, columns);
  for (const { step, of, place } of queries) {
    if (!isSettled || hasBit(matrix, step, columns.get(of) ?? 0)) answers[place] = 'loop';
  }
};

const spread = (graph: PipelineGraph, matrix: BitMatrix, columns: ReadonlyMap<number, number>): boolean => {
  let isChanged = false;
  const lead = (from: number, to: number): void => {
    if (mergeRow(matrix, to, from)) isChanged = true;
    const column = columns.get(from);
    if (column === undefined || hasBit(matrix, to, column)) return;
    setBit(matrix, to, column);
    isChanged = true;
  };
  for (const step of graph.order) for (const { from } of graph.incoming[step] ?? []) lead(from, step);
  for (const { from, to } of graph.loops) lead(from, to);
  return isChanged;
};
