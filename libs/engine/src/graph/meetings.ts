import { isDefaultTransition } from '../definition/default-transition.ts';
import type { StepDefinition } from '../definition/schema.ts';
import { meet } from './dominators.ts';
import type { GraphEdge, PipelineGraph } from './pipeline-graph.ts';
import { isAlways, runsWhenReached, type Trust } from './trust.ts';

/**
 * For each step that surely takes one of its ways, whichever, the nearest step that all of them lead to for sure; -1 for every
 * other step.
 */
export const findMeetings = (graph: PipelineGraph, trust: Trust): Int32Array => {
  const meetings = new Int32Array(graph.steps.length).fill(-1);
  // A tree of what surely runs after what, as that of dominators is of what ran before.
  const followers = new Int32Array(graph.steps.length).fill(-1);
  const depths = new Int32Array(graph.steps.length);
  const loopSources = new Set(graph.loops.map(({ from }) => from));
  for (const step of graph.order.toReversed()) {
    const edges = graph.outgoing[step] ?? [];
    const sure = edges.find((edge) => trust.isSure(edge) && trust.leadsOn(edge));
    if (sure === undefined && !loopSources.has(step) && isOneTaken(graph.steps[step], edges)) {
      meetings[step] = meetingOf({ graph, trust, edges }, { dominators: followers, depths });
    }
    const follower = sure?.to ?? meetings[step] ?? -1;
    followers[step] = follower;
    depths[step] = follower === -1 ? 0 : (depths[follower] ?? 0) + 1;
  }
  return meetings;
};

/** A condition that can't be evaluated, or an exhaustive step without a way, is an error: where errors go on, nothing is sure. */
const isOneTaken = (step: StepDefinition | undefined, edges: readonly GraphEdge[]): boolean => {
  if (step === undefined || step.on_error === 'continue') return false;
  if (edges.some(({ transition }) => transition.on === 'error')) return false;
  return (
    step.exhaustive === true || edges.some(({ transition }) => isDefaultTransition(transition) || isAlways(transition))
  );
};

type Ways = { readonly graph: PipelineGraph; readonly trust: Trust; readonly edges: readonly GraphEdge[] };

const meetingOf = ({ graph, trust, edges }: Ways, tree: Parameters<typeof meet>[2]): number => {
  let common = edges[0]?.to ?? -1;
  for (const edge of edges) {
    if (common === -1 || !runsWhenReached(graph, edge.to) || !trust.leadsOn(edge)) return -1;
    common = edge.to === common ? common : meet(edge.to, common, tree);
  }
  return common;
};
