import { isDefaultTransition } from '../definition/default-transition.ts';
import type { Path } from '../definition/diagnostic.ts';
import type { TransitionDefinition } from '../definition/schema.ts';
import { findReachable } from '../graph/pipeline-graph.ts';
import { checkBudgets } from './check-budgets.ts';
import { checkCancels } from './check-cancels.ts';
import { checkFlowDurations } from './check-durations.ts';
import { checkJoins } from './check-joins.ts';
import { checkCycles, checkLoops } from './check-loops.ts';
import { checkRoutes } from './check-routes.ts';
import type { PipelineCheck } from './pipeline-check.ts';
import { unknownStep } from './unknown-step.ts';

/** Checks how the steps are tied together. */
export const checkFlow = (check: PipelineCheck): void => {
  checkFlowDurations(check.definition, check.diagnostics);
  checkStart(check);
  checkTransitions(check);
  checkRoutes(check);
  checkCycles(check);
  checkLoops(check);
  checkReachable(check);
  checkJoins(check);
  checkCancels(check);
  checkBudgets(check);
};

const checkStart = ({ definition, diagnostics, graph }: PipelineCheck): void => {
  const startAt = definition.flow?.start_at;
  if (startAt === undefined) return;
  const path: Path = ['flow', 'start_at'];
  for (const [index, id] of [startAt].flat().entries()) {
    if (graph.indexOf.has(id)) continue;
    diagnostics.add(unknownStep(id, typeof startAt === 'string' ? path : [...path, index], graph));
  }
};

const checkTransitions = ({ definition, diagnostics, graph }: PipelineCheck): void => {
  const seen = new Set<string>();
  const defaults = new Set<string>();
  for (const [index, transition] of (definition.flow?.transitions ?? []).entries()) {
    const path: Path = ['flow', 'transitions', index];
    for (const end of ['from', 'to'] as const) {
      if (!graph.indexOf.has(transition[end])) diagnostics.add(unknownStep(transition[end], [...path, end], graph));
    }
    const identity = identityOf(transition);
    if (seen.has(identity)) {
      diagnostics.add({
        code: 'IA_PIPELINE_DUPLICATE_TRANSITION',
        path,
        message: `The transition from '${transition.from}' to '${transition.to}' stands twice.`,
      });
    }
    seen.add(identity);
    if (isDefaultTransition(transition)) checkDefault({ transition, path, defaults }, diagnostics);
  }
};

const identityOf = (transition: TransitionDefinition): string => {
  const { from, to, on = 'success', condition } = transition;
  const kind = `${on}${isDefaultTransition(transition) ? ' default' : ''}${transition.loop ? ' loop' : ''}`;
  return `${from}\n${to}\n${kind}\n${typeof condition === 'object' ? JSON.stringify(condition) : (condition ?? '')}`;
};

type DefaultCheck = { readonly transition: TransitionDefinition; readonly path: Path; readonly defaults: Set<string> };

const checkDefault = (
  { transition, path, defaults }: DefaultCheck,
  diagnostics: PipelineCheck['diagnostics'],
): void => {
  const { from, on = 'success', condition } = transition;
  const key = `${on}:${from}`;
  if (defaults.has(key)) {
    diagnostics.add({ code: 'IA_PIPELINE_DEFAULT', path, message: `Step '${from}' has two default transitions.` });
  }
  defaults.add(key);
  const isWritten = condition === undefined || (typeof condition === 'object' && condition.type === 'default');
  if (transition.default !== true || isWritten) return;
  diagnostics.add({
    code: 'IA_PIPELINE_DEFAULT',
    path: [...path, 'condition'],
    message: 'A default transition is taken when no other is: it can have no condition.',
  });
};

const checkReachable = ({ diagnostics, graph }: PipelineCheck): void => {
  const reachable = findReachable(graph);
  for (const [index, step] of graph.steps.entries()) {
    // A step on a cycle, or one whose id is another's, has its own finding.
    if (reachable.has(index) || (graph.position[index] ?? -1) < 0 || graph.indexOf.get(step.id) !== index) continue;
    diagnostics.add({
      code: 'IA_PIPELINE_UNREACHABLE',
      path: ['steps', index],
      message: `Step '${step.id}' can not be reached from the start: it would always be skipped.`,
      hint: 'Lead a transition to it, or add it to start_at.',
    });
  }
};
