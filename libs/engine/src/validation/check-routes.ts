import { isDefaultTransition } from '../definition/default-transition.ts';
import type { Finding, Path } from '../definition/diagnostic.ts';
import type { StepDefinition, TransitionDefinition } from '../definition/schema.ts';
import type { GraphEdge } from '../graph/pipeline-graph.ts';
import type { PipelineCheck } from './pipeline-check.ts';

/** Finds transitions that can never be chosen, whatever happens in a run. */
export const checkRoutes = ({ diagnostics, graph, definition }: PipelineCheck): void => {
  if (definition.flow?.transitions === undefined) return;
  for (const [index, step] of graph.steps.entries()) {
    const edges = (graph.loopGraph.outgoing[index] ?? []).flatMap((place) => graph.edges[place] ?? []);
    for (const finding of findDeadEdges(step, edges)) diagnostics.add(finding);
  }
};

const pathOf = ({ index }: GraphEdge): Path => ['flow', 'transitions', index];

const dead = (edge: GraphEdge, message: string, hint: string): Finding => ({
  code: 'IA_PIPELINE_DEAD_TRANSITION',
  path: pathOf(edge),
  message,
  hint,
});

const findDeadEdges = (step: StepDefinition, edges: readonly GraphEdge[]): Finding[] => {
  if (step.uses === 'core.end') {
    return edges.map((edge) =>
      dead(edge, `Step '${step.id}' ends the run: nothing comes after it.`, 'Remove the transition.'),
    );
  }
  const success = edges.filter(({ transition }) => transition.on !== 'error');
  const failure = edges.filter(({ transition }) => transition.on === 'error');
  return [
    ...findDeadSuccess(step, success),
    ...findShadowed(step, success),
    ...findShadowed(step, failure),
    ...findDeadFailure(step, failure),
  ];
};

const findDeadSuccess = (step: StepDefinition, edges: readonly GraphEdge[]): Finding[] => {
  if (step.uses === 'core.fail' && step.fallback === undefined && step.on_error !== 'continue') {
    return edges.map((edge) =>
      dead(edge, `Step '${step.id}' never succeeds.`, 'Write on: "error" to go on from a failure.'),
    );
  }
  if (step.router !== 'first_match') return [];
  const first = edges.findIndex(({ transition }) => isAlwaysTaken(transition));
  if (first === -1) return [];
  return edges
    .slice(first + 1)
    .filter(({ transition }) => !isDefaultTransition(transition))
    .map((edge) =>
      dead(
        edge,
        `The router takes the first transition that matches, and one before this, to '${edges[first]?.transition.to}', always does.`,
        'Give that one a condition, or put it last.',
      ),
    );
};

/** A loop's transition counts as false at its bound. */
const isAlwaysTaken = (transition: TransitionDefinition): boolean =>
  transition.loop === undefined &&
  !isDefaultTransition(transition) &&
  (transition.condition === undefined || isAlways(transition.condition));

const isAlways = (condition: TransitionDefinition['condition']): boolean =>
  typeof condition === 'string' ? condition.trim() === 'true' : condition?.type === 'always';

/** A default is taken when nothing else is: never, when something else always is. */
const findShadowed = (step: StepDefinition, edges: readonly GraphEdge[]): Finding[] => {
  const fallback = edges.find(({ transition }) => isDefaultTransition(transition));
  if (fallback === undefined) return [];
  const others = edges.filter(({ transition }) => !isDefaultTransition(transition) && transition.loop === undefined);
  const always = others.find(({ transition }) => isAlwaysTaken(transition));
  if (always === undefined && !coverEverything(others)) return [];
  const reason = always ? `the one to '${always.transition.to}' always is` : 'the others cover every case';
  return [
    {
      code: 'IA_PIPELINE_SHADOWED_DEFAULT',
      severity: 'warning',
      path: pathOf(fallback),
      message: `The default of '${step.id}' is taken when no other transition is, and ${reason}.`,
      hint: 'Remove the default, or give the others conditions that leave something to it.',
    },
  ];
};

/** Whether one condition is plainly the opposite of another. */
const coverEverything = (edges: readonly GraphEdge[]): boolean => {
  const known = new Set(edges.map(({ transition }) => textOf(transition.condition)));
  return edges.some(({ transition: { condition } }) => {
    if (typeof condition === 'object') {
      return condition.type === 'not' && known.has(textOf(condition.condition));
    }
    const negated = /^!\s*\((.*)\)$/s.exec(condition?.trim() ?? '')?.[1];
    return negated !== undefined && known.has(textOf(negated));
  });
};

const textOf = (condition: TransitionDefinition['condition']): string =>
  typeof condition === 'string' ? condition.trim() : JSON.stringify(condition ?? null);

const findDeadFailure = (step: StepDefinition, edges: readonly GraphEdge[]): Finding[] => {
  if (step.fallback === undefined) return [];
  return edges.map((edge) => ({
    code: 'IA_PIPELINE_ERROR_TRANSITION',
    severity: 'warning',
    path: pathOf(edge),
    message: `Step '${step.id}' has a fallback, which handles its errors before this transition is asked.`,
    hint: 'Keep one of the two.',
  }));
};
