import type { PipelineDefinition, StepDefinition, TransitionDefinition } from '../definition/schema.ts';
import type { LoopGraph } from './loop-regions.ts';
import { sortSteps } from './sort-steps.ts';

export type GraphEdge = {
  /** Place among the definition's transitions. */
  readonly index: number;
  readonly from: number;
  readonly to: number;
  readonly transition: TransitionDefinition;
  readonly isLoop: boolean;
};

/** The graph of a definition whose references may still be wrong: edges to steps that do not exist are left out. */
export type PipelineGraph = {
  readonly steps: readonly StepDefinition[];
  /** Of steps with the same id, the first. */
  readonly indexOf: ReadonlyMap<string, number>;
  readonly edges: readonly GraphEdge[];
  /** Edges by step, loops aside. */
  readonly outgoing: readonly (readonly GraphEdge[])[];
  readonly incoming: readonly (readonly GraphEdge[])[];
  /** The edges that close a loop. */
  readonly loops: readonly GraphEdge[];
  readonly starts: ReadonlySet<number>;
  /** Step indices such that sources come before targets, loops aside; steps on or behind a cycle are missing. */
  readonly order: readonly number[];
  /** Place of each step in `order`; -1 for what is missing there. */
  readonly position: Int32Array;
  /** The same graph, its transitions numbered as in `edges`. */
  readonly loopGraph: LoopGraph;
};

export const buildPipelineGraph = (definition: PipelineDefinition): PipelineGraph => {
  const { steps } = definition;
  const indexOf = new Map<string, number>();
  for (const [index, { id }] of steps.entries()) if (!indexOf.has(id)) indexOf.set(id, index);
  const edges = readEdges(definition, indexOf);
  const outgoing: GraphEdge[][] = steps.map(() => []);
  const incoming: GraphEdge[][] = steps.map(() => []);
  const loopOutgoing: number[][] = steps.map(() => []);
  const loopIncoming: number[][] = steps.map(() => []);
  for (const [place, edge] of edges.entries()) {
    loopOutgoing[edge.from]?.push(place);
    loopIncoming[edge.to]?.push(place);
    if (edge.isLoop) continue;
    outgoing[edge.from]?.push(edge);
    incoming[edge.to]?.push(edge);
  }
  const sortable = { stepCount: steps.length, transitions: edges, outgoing: loopOutgoing, incoming: loopIncoming };
  const { order, position } = sortSteps(sortable);
  return {
    steps,
    indexOf,
    edges,
    outgoing,
    incoming,
    loops: edges.filter(({ isLoop }) => isLoop),
    starts: findStarts(definition, indexOf, incoming),
    order,
    position,
    loopGraph: { ...sortable, position },
  };
};

const readEdges = ({ flow }: PipelineDefinition, indexOf: ReadonlyMap<string, number>): GraphEdge[] => {
  const edges: GraphEdge[] = [];
  for (const [index, transition] of (flow?.transitions ?? []).entries()) {
    const from = indexOf.get(transition.from);
    const to = indexOf.get(transition.to);
    if (from === undefined || to === undefined) continue;
    edges.push({ index, from, to, transition, isLoop: transition.loop !== undefined });
  }
  return edges;
};

const findStarts = (
  definition: PipelineDefinition,
  indexOf: ReadonlyMap<string, number>,
  incoming: readonly (readonly GraphEdge[])[],
): ReadonlySet<number> => {
  const startAt = definition.flow?.start_at;
  if (startAt === undefined) return new Set([...incoming.keys()].filter((index) => incoming[index]?.length === 0));
  return new Set([startAt].flat().flatMap((id) => indexOf.get(id) ?? []));
};

/** The steps that can be reached from the start. */
export const findReachable = ({ starts, outgoing }: PipelineGraph): ReadonlySet<number> => {
  const reached = new Set(starts);
  for (const index of reached) for (const { to } of outgoing[index] ?? []) reached.add(to);
  return reached;
};
