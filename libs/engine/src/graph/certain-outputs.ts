import { blocksOf, type AncestryQuery, type Block } from './ancestry.ts';
import { createBitMatrix, hasBit, mergeRow, setBit, type BitMatrix } from './bit-matrix.ts';
import { dominates, findDominators } from './dominators.ts';
import { findMeetings } from './meetings.ts';
import type { GraphEdge, PipelineGraph } from './pipeline-graph.ts';
import { createTrust, type Trust } from './trust.ts';

/** Rows times columns: beyond this the question is not asked. */
const MAX_CELLS = 400_000_000;

/** Tells which outputs surely exist when a step runs, and when the run ends. */
export type CertainOutputs = {
  /** For each query whether every way to `step` has an output of `of`. Undefined for a pipeline that is too large to tell. */
  readonly before: (queries: readonly AncestryQuery[]) => readonly boolean[] | undefined;
  readonly isThereAtEnd: (of: number) => boolean;
};

/**
 * Follows every path to a step: what succeeds on all of them has an output there. At a join of all branches, so has what the
 * steps on those paths lead to without a condition.
 */
export const findCertainOutputs = (graph: PipelineGraph): CertainOutputs => {
  const trust = createTrust(graph);
  const meetings = findMeetings(graph, trust);
  const reached = findReachedForSure({ graph, trust, meetings });
  const dominators = findDominators(graph);
  const isPlain = ({ step, of }: AncestryQuery): boolean =>
    !trust.canGoOnFailed(of) && !trust.hasErrorWay(of) && dominates(dominators, step, of);
  return {
    isThereAtEnd: (of) => reached.has(of) && trust.hasOutput(of),
    before: (queries) => {
      const answers = queries.map(isPlain);
      const open = queries.flatMap((query, place) => (answers[place] ? [] : [{ ...query, place }]));
      if (open.length * graph.order.length > MAX_CELLS) return undefined;
      for (const block of blocksOf(graph, open)) {
        const certain = findCertain({ graph, trust, meetings, reached }, block);
        for (const { step, of, place } of block.queries) {
          const row = graph.position[step] ?? -1;
          answers[place] = row >= 0 && hasBit(certain, row, block.columns.get(of) ?? 0);
        }
      }
      return answers;
    },
  };
};

/** The steps that run in every run that ends well. */
const findReachedForSure = ({ graph, trust, meetings }: Omit<Known, 'reached'>): ReadonlySet<number> => {
  const reached = new Set(graph.starts);
  for (const step of reached) {
    const meeting = meetings[step] ?? -1;
    if (meeting !== -1) reached.add(meeting);
    for (const edge of graph.outgoing[step] ?? []) if (trust.isSure(edge) && trust.leadsOn(edge)) reached.add(edge.to);
  }
  return reached;
};

type Known = {
  readonly graph: PipelineGraph;
  readonly trust: Trust;
  readonly meetings: Int32Array;
  readonly reached: ReadonlySet<number>;
};

/** Rows by place in the order, columns by the steps that are asked for. */
type Sets = {
  /** The steps before a step. */
  readonly before: BitMatrix;
  /** Those that a step leads to for sure, once it succeeded. */
  readonly implied: BitMatrix;
  /** Those that surely run in a run that comes to a step. */
  readonly sure: BitMatrix;
  /** Those that surely have an output when a step begins. */
  readonly certain: BitMatrix;
};

const findCertain = (known: Known, { columns }: Block): BitMatrix => {
  const { graph, trust, reached } = known;
  const size = graph.order.length;
  const create = (): BitMatrix => createBitMatrix(size, columns.size);
  const sets: Sets = { before: create(), implied: findImplied(known, columns), sure: create(), certain: create() };
  // The last column's word may be wider than the columns: what is beyond is never asked for.
  const always = createBitMatrix(1, columns.size);
  for (const [step, column] of columns) if (reached.has(step) && trust.hasOutput(step)) setBit(always, 0, column);
  for (const [place, step] of graph.order.entries()) {
    const incoming = graph.incoming[step] ?? [];
    for (const { from } of incoming) {
      mergeRow(sets.before, place, graph.position[from] ?? 0);
      const column = columns.get(from);
      if (column !== undefined) setBit(sets.before, place, column);
    }
    if (incoming.length > 0 && !graph.starts.has(step)) intersect({ known, columns, sets }, place, incoming);
    addRow(sets.sure, place, always);
    if (incoming.length > 1 && (graph.steps[step]?.join ?? 'all') === 'all') addJoined(sets, place);
  }
  return sets.certain;
};

const findImplied = (
  { graph, trust, meetings }: Omit<Known, 'reached'>,
  columns: ReadonlyMap<number, number>,
): BitMatrix => {
  const implied = createBitMatrix(graph.order.length, columns.size);
  for (let place = graph.order.length - 1; place >= 0; place -= 1) {
    const step = graph.order[place] ?? -1;
    const lead = (to: number): void => {
      const target = graph.position[to] ?? -1;
      if (target < 0) return;
      if (trust.passesOn(to)) mergeRow(implied, place, target);
      const column = columns.get(to);
      if (column !== undefined && trust.hasOutput(to)) setBit(implied, place, column);
    };
    lead(meetings[step] ?? -1);
    for (const edge of graph.outgoing[step] ?? []) if (trust.isSure(edge)) lead(edge.to);
  }
  return implied;
};

type Intersection = { readonly known: Known; readonly columns: ReadonlyMap<number, number>; readonly sets: Sets };

/** What holds at every source holds here; a source that succeeds adds itself and what it leads to for sure. */
const intersect = (
  { known: { graph, trust }, columns, sets }: Intersection,
  place: number,
  incoming: readonly GraphEdge[],
): void => {
  const { words } = sets.certain;
  const own = place * words;
  sets.certain.bits.fill(-1, own, own + words);
  sets.sure.bits.fill(-1, own, own + words);
  for (const { from, transition } of incoming) {
    const source = (graph.position[from] ?? 0) * words;
    const isSuccess = transition.on !== 'error';
    const column = isSuccess && !trust.canGoOnFailed(from) ? (columns.get(from) ?? -1) : -1;
    for (let word = 0; word < words; word += 1) {
      const itself = column >= 0 && column >>> 5 === word ? 1 << (column & 31) : 0;
      const led = isSuccess ? (sets.implied.bits[source + word] ?? 0) : 0;
      sets.certain.bits[own + word] =
        (sets.certain.bits[own + word] ?? 0) & ((sets.certain.bits[source + word] ?? 0) | itself);
      sets.sure.bits[own + word] =
        (sets.sure.bits[own + word] ?? 0) & ((sets.sure.bits[source + word] ?? 0) | itself | led);
    }
  }
};

const addRow = ({ words, bits }: BitMatrix, row: number, added: BitMatrix): void => {
  for (let word = 0; word < words; word += 1) {
    bits[row * words + word] = (bits[row * words + word] ?? 0) | (added.bits[word] ?? 0);
  }
};

/** A join of all waits for what surely runs before it. */
const addJoined = ({ before, sure, certain }: Sets, place: number): void => {
  for (let index = place * certain.words; index < (place + 1) * certain.words; index += 1) {
    certain.bits[index] = (certain.bits[index] ?? 0) | ((sure.bits[index] ?? 0) & (before.bits[index] ?? 0));
  }
};
