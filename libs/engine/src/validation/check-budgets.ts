import type { Path } from '../definition/diagnostic.ts';
import { parseDuration } from '../definition/duration.ts';
import type { StepDefinition } from '../definition/schema.ts';
import type { PipelineGraph } from '../graph/pipeline-graph.ts';
import type { PipelineCheck } from './pipeline-check.ts';

/** Checks that what has a limited time leaves enough of it to its parts. */
export const checkBudgets = (check: PipelineCheck): void => {
  for (const [index, step] of check.definition.steps.entries()) {
    if (step.max_duration !== undefined) checkStepBudget(check, step, ['steps', index, 'max_duration']);
  }
  const limit = check.definition.flow?.max_duration;
  const limitMs = limit === undefined ? undefined : parseDuration(limit);
  if (limit !== undefined && limitMs !== undefined && limitMs > 0) checkRunBudget(check, { limit, limitMs });
};

const checkStepBudget = ({ diagnostics }: PipelineCheck, step: StepDefinition, path: Path): void => {
  const limitMs = parseDuration(step.max_duration ?? '');
  if (limitMs === undefined || limitMs === 0) return;
  const parts: readonly (readonly [string, number | undefined])[] = [
    ['timeout', step.timeout === undefined ? undefined : parseDuration(step.timeout)],
    ['wait', waitOf(step)],
    ['deadline', deadlineOf(step)],
  ];
  for (const [what, partMs] of parts) {
    if (partMs === undefined || partMs <= limitMs) continue;
    diagnostics.add({
      code: 'IA_PIPELINE_BUDGET',
      path,
      message: `Step '${step.id}' may take ${step.max_duration} in all, which is less than its ${what}.`,
      hint: `Raise max_duration, or lower the ${what}.`,
    });
  }
};

const waitOf = ({ uses, with: input }: StepDefinition): number | undefined => {
  const duration = uses === 'core.wait' ? input?.['duration'] : undefined;
  return typeof duration === 'string' ? parseDuration(duration) : undefined;
};

const deadlineOf = ({ uses, with: input }: StepDefinition): number | undefined => {
  const deadline = uses === 'human.approval' ? input?.['deadline'] : undefined;
  return typeof deadline === 'string' ? parseDuration(deadline) : undefined;
};

type RunLimit = { readonly limit: string; readonly limitMs: number };

const checkRunBudget = (
  { definition, diagnostics, graph, findCertain }: PipelineCheck,
  { limit, limitMs }: RunLimit,
): void => {
  const certain = findCertain();
  const path: Path = ['flow', 'max_duration'];
  const longest = findLongest(definition.steps);
  if (longest !== undefined && longest.lastsMs > limitMs) {
    const isCertain = certain.isThereAtEnd(longest.index);
    diagnostics.add({
      code: 'IA_PIPELINE_BUDGET',
      severity: isCertain ? 'error' : 'warning',
      path,
      message: `A run may take ${limit}, which is less than step '${definition.steps[longest.index]?.id}' alone may take.`,
      hint: 'Raise it, or lower the limits of the step.',
    });
    return;
  }
  const waits = shortestWaits(graph);
  for (const index of graph.order) {
    if ((waits[index] ?? 0) <= limitMs || !certain.isThereAtEnd(index)) continue;
    diagnostics.add({
      code: 'IA_PIPELINE_BUDGET',
      path,
      message: `A run may take ${limit}, which is less than it waits on its way to the end of '${graph.steps[index]?.id}'.`,
      hint: 'Raise it, or wait for less.',
    });
    return;
  }
};

/** The step that may take longest of all. */
const findLongest = (
  steps: readonly StepDefinition[],
): { readonly index: number; readonly lastsMs: number } | undefined => {
  let longest: { readonly index: number; readonly lastsMs: number } | undefined;
  for (const [index, step] of steps.entries()) {
    const limit = step.max_duration ?? step.timeout;
    const lastsMs = Math.max(waitOf(step) ?? 0, limit === undefined ? 0 : (parseDuration(limit) ?? 0));
    if (lastsMs > (longest?.lastsMs ?? 0)) longest = { index, lastsMs };
  }
  return longest;
};

/** How long a run waits at least until each step has ended, by the way that waits least. */
const shortestWaits = (graph: PipelineGraph): Float64Array => {
  const waits = new Float64Array(graph.steps.length);
  for (const step of graph.order) {
    let before = Number.POSITIVE_INFINITY;
    for (const { from } of graph.incoming[step] ?? []) before = Math.min(before, waits[from] ?? 0);
    if (!Number.isFinite(before) || graph.starts.has(step)) before = 0;
    const definition = graph.steps[step];
    waits[step] = before + (definition === undefined ? 0 : (waitOf(definition) ?? 0));
  }
  return waits;
};
