import { isDefaultTransition } from '../definition/default-transition.ts';
import type { DiagnosticList, Path } from '../definition/diagnostic.ts';
import type { PipelineDefinition, TransitionDefinition } from '../definition/schema.ts';
import { didYouMean } from '../definition/suggest.ts';
import { buildPipelineGraph, findCycle, findReachable, type PipelineGraph } from '../graph/pipeline-graph.ts';
import { checkDuration } from './check-steps.ts';

/** Checks how the steps are tied together, and returns the graph for the checks that follow. */
export const checkFlow = (definition: PipelineDefinition, diagnostics: DiagnosticList): PipelineGraph => {
  const graph = buildPipelineGraph(definition);
  const maxDuration = definition.flow?.max_duration;
  if (maxDuration !== undefined) checkDuration(maxDuration, ['flow', 'max_duration'], diagnostics);
  checkStart(definition, diagnostics, graph);
  checkTransitions(definition, diagnostics, graph);
  checkJoins(diagnostics, graph);
  const hasCycle = checkCycle(diagnostics, graph);
  if (!hasCycle) checkReachable(diagnostics, graph);
  return graph;
};

const unknownStep = (id: string, path: Path, graph: PipelineGraph) => ({
  code: 'IA_PIPELINE_UNKNOWN_STEP' as const,
  path,
  message: `There is no step '${id}'.`,
  hint: () => didYouMean(id, graph.indexOf.keys()),
});

const checkStart = (definition: PipelineDefinition, diagnostics: DiagnosticList, graph: PipelineGraph): void => {
  const startAt = definition.flow?.start_at;
  if (startAt === undefined) return;
  const path: Path = ['flow', 'start_at'];
  for (const [index, id] of [startAt].flat().entries()) {
    if (graph.indexOf.has(id)) continue;
    diagnostics.add(unknownStep(id, typeof startAt === 'string' ? path : [...path, index], graph));
  }
};

const checkTransitions = (definition: PipelineDefinition, diagnostics: DiagnosticList, graph: PipelineGraph): void => {
  const seen = new Set<string>();
  const defaults = new Set<string>();
  for (const [index, transition] of (definition.flow?.transitions ?? []).entries()) {
    const path: Path = ['flow', 'transitions', index];
    for (const end of ['from', 'to'] as const) {
      if (!graph.indexOf.has(transition[end])) diagnostics.add(unknownStep(transition[end], [...path, end], graph));
    }
    const { from, to, on = 'success', condition } = transition;
    const identity = JSON.stringify([from, to, on, condition ?? null, isDefaultTransition(transition)]);
    if (seen.has(identity)) {
      diagnostics.add({
        code: 'IA_PIPELINE_DUPLICATE_TRANSITION',
        path,
        message: `The transition from '${from}' to '${to}' stands twice.`,
      });
    }
    seen.add(identity);
    checkDefault({ transition, path, defaults }, diagnostics);
    checkErrorTransition({ transition, path, graph }, diagnostics);
  }
};

type DefaultCheck = { readonly transition: TransitionDefinition; readonly path: Path; readonly defaults: Set<string> };

const checkDefault = ({ transition, path, defaults }: DefaultCheck, diagnostics: DiagnosticList): void => {
  if (!isDefaultTransition(transition)) return;
  const { from, on = 'success', condition } = transition;
  const key = `${on}:${from}`;
  if (defaults.has(key)) {
    diagnostics.add({ code: 'IA_PIPELINE_DEFAULT', path, message: `Step '${from}' has two default transitions.` });
  }
  defaults.add(key);
  if (
    transition.default === true &&
    condition !== undefined &&
    !(typeof condition === 'object' && condition.type === 'default')
  ) {
    diagnostics.add({
      code: 'IA_PIPELINE_DEFAULT',
      path: [...path, 'condition'],
      message: 'A default transition is taken when no other is: it can have no condition.',
    });
  }
};

type ErrorTransitionCheck = {
  readonly transition: TransitionDefinition;
  readonly path: Path;
  readonly graph: PipelineGraph;
};

const checkErrorTransition = ({ transition, path, graph }: ErrorTransitionCheck, diagnostics: DiagnosticList): void => {
  const source = graph.steps[graph.indexOf.get(transition.from) ?? -1];
  if (transition.on !== 'error' || source?.fallback === undefined) return;
  diagnostics.add({
    code: 'IA_PIPELINE_ERROR_TRANSITION',
    severity: 'warning',
    path,
    message: `Step '${source.id}' has a fallback, which handles its errors before this transition is asked.`,
    hint: 'Keep one of the two.',
  });
};

const checkJoins = (diagnostics: DiagnosticList, graph: PipelineGraph): void => {
  for (const [index, step] of graph.steps.entries()) {
    const count = graph.incoming[index]?.length ?? 0;
    const path: Path = ['steps', index, 'join'];
    if (typeof step.join === 'object' && step.join.at_least > count) {
      diagnostics.add({
        code: 'IA_PIPELINE_JOIN',
        path: [...path, 'at_least'],
        message: `Step '${step.id}' waits for ${step.join.at_least} transitions, and ${count} lead to it.`,
      });
    }
    if (step.cancel_rest === true && (step.join ?? 'all') === 'all') {
      diagnostics.add({
        code: 'IA_PIPELINE_JOIN',
        severity: 'warning',
        path: ['steps', index, 'cancel_rest'],
        message: `Step '${step.id}' waits for all its sources, so that there is no rest to cancel.`,
      });
    }
  }
};

const MAX_CYCLE_NAMES = 12;

const checkCycle = (diagnostics: DiagnosticList, graph: PipelineGraph): boolean => {
  const cycle = findCycle(graph);
  if (cycle === undefined) return false;
  const names = cycle.map((index) => graph.steps[index]?.id ?? '');
  const shown = names.length > MAX_CYCLE_NAMES ? [...names.slice(0, MAX_CYCLE_NAMES), '…'] : names;
  diagnostics.add({
    code: 'IA_PIPELINE_CYCLE',
    path: ['steps', cycle[0] ?? 0],
    message: `These steps wait for each other: ${shown.join(' → ')}.`,
    hint: 'Remove one of the transitions.',
  });
  return true;
};

const checkReachable = (diagnostics: DiagnosticList, graph: PipelineGraph): void => {
  const reachable = findReachable(graph);
  for (const [index, step] of graph.steps.entries()) {
    if (reachable.has(index)) continue;
    diagnostics.add({
      code: 'IA_PIPELINE_UNREACHABLE',
      severity: 'warning',
      path: ['steps', index],
      message: `Step '${step.id}' can not be reached from the start and will always be skipped.`,
      hint: 'Lead a transition to it, or add it to start_at.',
    });
  }
};
