import { isDefaultTransition } from '../definition/default-transition.ts';
import { takesAllMatches } from '../definition/takes-all-matches.ts';
import type { GraphEdge, PipelineGraph } from './pipeline-graph.ts';

/** What can be relied on in a run that does not fail. */
export type Trust = {
  /** Whether a step that began surely ends with an output. */
  readonly hasOutput: (step: number) => boolean;
  /** Whether the transitions without a condition are surely taken once a step began. */
  readonly passesOn: (step: number) => boolean;
  /** The same of one transition: what its own target cancels has led there. */
  readonly leadsOn: (edge: GraphEdge) => boolean;
  /** Whether the run goes on from a failure as if it were a success, without an output. */
  readonly canGoOnFailed: (step: number) => boolean;
  readonly hasErrorWay: (step: number) => boolean;
  /** Whether a transition is taken whenever its source succeeds, and its target then runs. */
  readonly isSure: (edge: GraphEdge) => boolean;
};

export const createTrust = (graph: PipelineGraph): Trust => {
  const cancelers = findCancelers(graph);
  const handlesItself = (step: number): boolean => graph.steps[step]?.fallback !== undefined;
  const canGoOnFailed = (step: number): boolean => !handlesItself(step) && graph.steps[step]?.on_error === 'continue';
  const hasErrorWay = (step: number): boolean =>
    !handlesItself(step) && (graph.outgoing[step] ?? []).some(({ transition }) => transition.on === 'error');
  const passesOn = (step: number): boolean => !hasErrorWay(step) && !cancelers.has(step);
  return {
    canGoOnFailed,
    hasErrorWay,
    passesOn,
    leadsOn: ({ from, to }) => !hasErrorWay(from) && (!cancelers.has(from) || cancelers.get(from) === to),
    hasOutput: (step) => passesOn(step) && !canGoOnFailed(step),
    isSure: (edge) => isUnconditional(graph, edge) && runsWhenReached(graph, edge.to),
  };
};

/** Whether one transition that is taken is enough for a step to run. */
export const runsWhenReached = (graph: PipelineGraph, step: number): boolean =>
  typeof graph.steps[step]?.join !== 'object';

const MANY = -1;

/** For each step that others may cancel, which one, or that there are many. */
const findCancelers = (graph: PipelineGraph): ReadonlyMap<number, number> => {
  const cancelers = new Map<number, number>();
  const add = (step: number, canceler: number): void => {
    cancelers.set(step, (cancelers.get(step) ?? canceler) === canceler ? canceler : MANY);
  };
  for (const [index, step] of graph.steps.entries()) {
    for (const id of step.cancels ?? []) add(graph.indexOf.get(id) ?? -1, MANY);
    if (step.cancel_rest === true) for (const { from } of graph.incoming[index] ?? []) add(from, index);
  }
  return cancelers;
};

const isUnconditional = (graph: PipelineGraph, { from, transition }: GraphEdge): boolean =>
  isAlways(transition) &&
  !isDefaultTransition(transition) &&
  transition.on !== 'error' &&
  takesAllMatches(graph.steps[from]);

/** Whether a transition asks for nothing. */
export const isAlways = ({ condition }: GraphEdge['transition']): boolean => {
  if (typeof condition === 'object') return condition.type === 'always';
  return condition === undefined || condition.trim() === 'true';
};
