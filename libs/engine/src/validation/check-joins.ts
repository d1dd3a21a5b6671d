import { isDefaultTransition } from '../definition/default-transition.ts';
import { takesAllMatches } from '../definition/takes-all-matches.ts';
import type { LoopRegions } from '../graph/loop-regions.ts';
import type { GraphEdge, PipelineGraph } from '../graph/pipeline-graph.ts';
import type { PipelineCheck } from './pipeline-check.ts';

/** Checks that every join can be met, and that what is said beside it has a meaning. */
export const checkJoins = ({ diagnostics, graph, findLoops }: PipelineCheck): void => {
  for (const [index, step] of graph.steps.entries()) {
    const incoming = graph.incoming[index] ?? [];
    if (typeof step.join === 'object') {
      const { at_least: wanted } = step.join;
      const possible =
        wanted === 1 ? incoming.length : countTogether({ graph, loops: findLoops(), step: index }, incoming);
      if (wanted > possible) {
        const isFew = wanted > incoming.length;
        diagnostics.add({
          code: 'IA_PIPELINE_JOIN',
          path: ['steps', index, 'join', 'at_least'],
          message: isFew
            ? `Step '${step.id}' waits for ${wanted} transitions, and ${incoming.length} lead to it.`
            : `Step '${step.id}' waits for ${wanted} transitions, and no more than ${possible} of those that lead to it can be taken in one run.`,
          hint: `Lower at_least to ${Math.max(1, possible)}.`,
        });
      }
    }
    if (step.cancel_rest !== true || (step.join ?? 'all') !== 'all') continue;
    diagnostics.add({
      code: 'IA_PIPELINE_JOIN',
      severity: 'warning',
      path: ['steps', index, 'cancel_rest'],
      message: `Step '${step.id}' waits for all its sources, so that there is no rest to cancel.`,
    });
  }
};

const MAX_HOPS = 64;
const MAX_EDGES = 1_000;

type Join = { readonly graph: PipelineGraph; readonly loops: LoopRegions; readonly step: number };

/** One way out of a step: ways of the same step exclude each other when they differ. */
type Choice = { readonly step: number; readonly way: string };

/**
 * An upper bound of how many of these transitions one run can take: where a step upstream chooses one way, the transitions
 * behind its other ways don't count.
 */
const countTogether = (join: Join, incoming: readonly GraphEdge[]): number => {
  if (incoming.length > MAX_EDGES) return incoming.length;
  const ways = new Map<number, Map<string, number>>();
  for (const edge of incoming) {
    for (const { step, way } of choicesBefore(join, edge)) {
      const counts = ways.get(step) ?? new Map<string, number>();
      ways.set(step, counts.set(way, (counts.get(way) ?? 0) + 1));
    }
  }
  let possible = incoming.length;
  for (const counts of ways.values()) {
    const behind = [...counts.values()];
    const total = behind.reduce((sum, count) => sum + count, 0);
    possible = Math.min(possible, incoming.length - total + Math.max(...behind));
  }
  return possible;
};

/** The choices that lead to a transition, as long as only one way leads back. */
const choicesBefore = (join: Join, last: GraphEdge): Choice[] => {
  const { graph } = join;
  const choices: Choice[] = [];
  let edge: GraphEdge | undefined = last;
  for (let hop = 0; edge !== undefined && hop < MAX_HOPS; hop += 1) {
    if (choosesOnce(join, edge.from)) choices.push({ step: edge.from, way: wayOf(graph, edge) });
    const before: readonly GraphEdge[] = graph.incoming[edge.from] ?? [];
    edge = before.length === 1 && !graph.starts.has(edge.from) ? before[0] : undefined;
  }
  return choices;
};

/** A step in a loop that the join is not in may choose otherwise in the next iteration. */
const choosesOnce = ({ loops, step: join }: Join, step: number): boolean => {
  const region = loops.regionOf[step] ?? -1;
  let around = loops.regionOf[join] ?? -1;
  while (around !== -1 && around !== region) around = loops.regions[around]?.parent ?? -1;
  return around === region;
};

const wayOf = (graph: PipelineGraph, { from, index, transition }: GraphEdge): string => {
  if (transition.on === 'error') return 'error';
  if (!takesAllMatches(graph.steps[from])) return `transition ${index}`;
  return isDefaultTransition(transition) ? 'default' : 'success';
};
