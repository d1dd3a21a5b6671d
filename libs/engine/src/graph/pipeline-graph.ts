import type { PipelineDefinition, StepDefinition, TransitionDefinition } from '../definition/schema.ts';

export type GraphEdge = { readonly from: number; readonly to: number; readonly transition: TransitionDefinition };

/** The graph of a definition whose references may still be wrong: edges to steps that do not exist are left out. */
export type PipelineGraph = {
  readonly steps: readonly StepDefinition[];
  readonly indexOf: ReadonlyMap<string, number>;
  readonly outgoing: readonly (readonly GraphEdge[])[];
  readonly incoming: readonly (readonly GraphEdge[])[];
  readonly starts: readonly number[];
  /** Step indices such that sources come before targets; steps on or behind a cycle are missing. */
  readonly order: readonly number[];
};

export const buildPipelineGraph = (definition: PipelineDefinition): PipelineGraph => {
  const { steps, flow } = definition;
  const indexOf = new Map(steps.map((step, index) => [step.id, index]));
  const outgoing: GraphEdge[][] = steps.map(() => []);
  const incoming: GraphEdge[][] = steps.map(() => []);
  for (const transition of flow?.transitions ?? []) {
    const from = indexOf.get(transition.from);
    const to = indexOf.get(transition.to);
    if (from === undefined || to === undefined) continue;
    const edge = { from, to, transition };
    outgoing[from]?.push(edge);
    incoming[to]?.push(edge);
  }
  return {
    steps,
    indexOf,
    outgoing,
    incoming,
    starts: findStarts(definition, indexOf, incoming),
    order: sortSteps(outgoing, incoming),
  };
};

const findStarts = (
  definition: PipelineDefinition,
  indexOf: ReadonlyMap<string, number>,
  incoming: readonly (readonly GraphEdge[])[],
): number[] => {
  const startAt = definition.flow?.start_at;
  if (startAt === undefined) return [...incoming.keys()].filter((index) => incoming[index]?.length === 0);
  return [startAt].flat().flatMap((id) => indexOf.get(id) ?? []);
};

/** Kahn's algorithm. */
const sortSteps = (
  outgoing: readonly (readonly GraphEdge[])[],
  incoming: readonly (readonly GraphEdge[])[],
): number[] => {
  const unresolved = incoming.map((edges) => edges.length);
  const order = [...unresolved.keys()].filter((index) => unresolved[index] === 0);
  for (let head = 0; head < order.length; head += 1) {
    for (const { to } of outgoing[order[head] ?? -1] ?? []) {
      const left = (unresolved[to] ?? 0) - 1;
      unresolved[to] = left;
      if (left === 0) order.push(to);
    }
  }
  return order;
};

/** One cycle of the graph as step indices, the first again at the end; undefined when there is none. */
export const findCycle = ({ steps, order, incoming }: PipelineGraph): number[] | undefined => {
  if (order.length === steps.length) return undefined;
  const sorted = new Set(order);
  let current = [...steps.keys()].find((index) => !sorted.has(index));
  // Every step left over has a source that is left over: going back must meet a step again.
  const trail: number[] = [];
  const position = new Map<number, number>();
  while (current !== undefined) {
    const seenAt = position.get(current);
    if (seenAt !== undefined) return [current, ...trail.slice(seenAt).toReversed()];
    position.set(current, trail.length);
    trail.push(current);
    current = incoming[current]?.find(({ from }) => !sorted.has(from))?.from;
  }
  return undefined;
};

/** The steps that can be reached from the start. */
export const findReachable = ({ starts, outgoing }: PipelineGraph): ReadonlySet<number> => {
  const reached = new Set(starts);
  for (const index of reached) for (const { to } of outgoing[index] ?? []) reached.add(to);
  return reached;
};

/** Which of `wanted` lie before a step; stops as soon as all are found. */
export const findAncestors = (
  graph: PipelineGraph,
  index: number,
  wanted: ReadonlySet<number>,
): ReadonlySet<number> => {
  const found = new Set<number>();
  const visited = new Set<number>([index]);
  for (const current of visited) {
    for (const { from } of graph.incoming[current] ?? []) {
      if (wanted.has(from)) found.add(from);
      visited.add(from);
    }
    if (found.size === wanted.size) break;
  }
  return found;
};
