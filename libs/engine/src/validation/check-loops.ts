import type { Path } from '../definition/diagnostic.ts';
import { takesAllMatches } from '../definition/takes-all-matches.ts';
import { findCycles } from '../graph/cycles.ts';
import type { LoopProblem } from '../graph/loop-regions.ts';
import type { GraphEdge } from '../graph/pipeline-graph.ts';
import type { PipelineCheck } from './pipeline-check.ts';

const MAX_CYCLES = 50;
const MAX_CYCLE_NAMES = 12;

const transitionPath = (edge: GraphEdge): Path => ['flow', 'transitions', edge.index];

/** Reports steps that wait for each other. */
export const checkCycles = ({ diagnostics, graph }: PipelineCheck): void => {
  for (const { steps, closedBy } of findCycles(graph, MAX_CYCLES)) {
    const names = [...steps, steps[0] ?? 0].map((index) => graph.steps[index]?.id ?? '');
    const shown = names.length > MAX_CYCLE_NAMES ? [...names.slice(0, MAX_CYCLE_NAMES), '…'] : names;
    diagnostics.add({
      code: 'IA_PIPELINE_CYCLE',
      path: transitionPath(closedBy),
      message: `These steps wait for each other: ${shown.join(' → ')}.`,
      hint: 'Make this transition a loop with max_iterations, or remove it.',
    });
  }
};

/** Checks that every loop closes a cycle of its own, and can end well. */
export const checkLoops = ({ diagnostics, graph, findLoops }: PipelineCheck): void => {
  if (graph.loops.length === 0) return;
  for (const problem of findLoops().problems) {
    const edge = graph.edges[problem.transition];
    // On a cycle without loop nothing is known of what a loop would hold.
    if (edge === undefined || !isSorted(graph.position, edge)) continue;
    const other = problem.kind === 'overlap' ? graph.edges[problem.other] : undefined;
    diagnostics.add({
      code: 'IA_PIPELINE_LOOP',
      path: problem.kind === 'no_cycle' ? [...transitionPath(edge), 'loop'] : transitionPath(edge),
      ...EXPLANATIONS[problem.kind](edge.transition, other?.transition),
    });
  }
  for (const edge of graph.loops)
    if (takesAllMatches(graph.steps[edge.from]) && neverEndsWell(edge)) reportEndless(diagnostics, edge);
};

const isSorted = (position: Int32Array, { from, to }: GraphEdge): boolean =>
  (position[from] ?? -1) >= 0 && (position[to] ?? -1) >= 0;

type Transition = GraphEdge['transition'];
type Explanation = { readonly message: string; readonly hint: string };

const EXPLANATIONS: Readonly<Record<LoopProblem['kind'], (transition: Transition, other?: Transition) => Explanation>> =
  {
    no_cycle: ({ from, to }) => ({
      message: `This loop closes no cycle: '${to}' does not lead to '${from}'.`,
      hint: 'Remove loop, or let the transition lead back to a step that comes before.',
    }),
    overlap: ({ from, to }, other) => ({
      message: `The loop from '${from}' to '${to}' overlaps the one from '${other?.from}' to '${other?.to}': one must lie within the other.`,
      hint: 'Let both lead back to the same step, or take them apart.',
    }),
    too_large: () => ({
      message: 'Loops are nested so deep, over so many steps, that they can not be checked.',
      hint: 'Move inner loops into pipelines of their own.',
    }),
  };

/** Taken in every iteration unless a router chooses, and a failure when it can't be. */
const neverEndsWell = ({ transition }: GraphEdge): boolean =>
  transition.loop?.on_exhausted === 'fail' &&
  transition.condition === undefined &&
  transition.default !== true &&
  transition.on !== 'error';

const reportEndless = (diagnostics: PipelineCheck['diagnostics'], edge: GraphEdge): void =>
  diagnostics.add({
    code: 'IA_PIPELINE_LOOP',
    severity: 'warning',
    path: [...transitionPath(edge), 'loop', 'on_exhausted'],
    message: 'The loop goes on whenever its last step succeeds, and fails at its bound: it can hardly end well.',
    hint: 'Give the transition a condition, or let the bound end the loop: on_exhausted: "continue".',
  });
