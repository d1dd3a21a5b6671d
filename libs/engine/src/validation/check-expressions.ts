import { PlatformError } from '@ia-modules/plugin-sdk';
import { isDefaultTransition } from '../definition/default-transition.ts';
import type { DiagnosticList, Path } from '../definition/diagnostic.ts';
import type { PipelineDefinition, TransitionDefinition } from '../definition/schema.ts';
import { didYouMean } from '../definition/suggest.ts';
import { compileCondition } from '../expression/condition.ts';
import type { Expression } from '../expression/expression.ts';
import { compileTemplate } from '../expression/template.ts';
import { findCertainOutputs, type CertainOutputs } from '../graph/certain-outputs.ts';
import { findAncestors, type PipelineGraph } from '../graph/pipeline-graph.ts';

const STEP_FIELDS: readonly string[] = ['output', 'status', 'error', 'attempts'];

/** Checks every expression: that it compiles, and that what it reads exists where it stands. */
export const checkExpressions = (
  definition: PipelineDefinition,
  diagnostics: DiagnosticList,
  graph: PipelineGraph,
): void => {
  let certain: CertainOutputs | null | undefined;
  const check: ExpressionCheck = {
    definition,
    diagnostics,
    graph,
    certain: () => (certain ??= findCertainOutputs(graph) ?? null),
  };
  for (const [index, step] of definition.steps.entries()) {
    if (step.with === undefined) continue;
    checkTemplate(check, { value: step.with, path: ['steps', index, 'with'], place: { kind: 'input', step: index } });
  }
  for (const [index, transition] of (definition.flow?.transitions ?? []).entries()) {
    checkCondition(check, transition, ['flow', 'transitions', index, 'condition']);
  }
  if (definition.outputs)
    checkTemplate(check, { value: definition.outputs, path: ['outputs'], place: { kind: 'outputs' } });
};

type ExpressionCheck = {
  readonly definition: PipelineDefinition;
  readonly diagnostics: DiagnosticList;
  readonly graph: PipelineGraph;
  /** Worked out when the first expression needs it; null for a pipeline that is too large to tell. */
  readonly certain: () => CertainOutputs | null;
};

/** Where an expression stands decides which steps it can see. */
type Place =
  | { readonly kind: 'input'; readonly step: number }
  | { readonly kind: 'condition'; readonly step: number; readonly isOnError: boolean }
  | { readonly kind: 'outputs' };

type TemplatePlace = {
  readonly value: Parameters<typeof compileTemplate>[0];
  readonly path: Path;
  readonly place: Place;
};

const checkTemplate = (check: ExpressionCheck, { value, path, place }: TemplatePlace): void => {
  const template = compileTemplate(value, {
    path,
    onProblem: (problem) => reportError(check, problem.error, problem.path),
  });
  for (const item of template.expressions)
    checkReferences(check, { expression: item.expression, path: item.path, place });
};

const reportError = ({ diagnostics }: ExpressionCheck, error: PlatformError, path: Path): void => {
  const isSecret = /Unknown variable: secrets/.test(error.message);
  diagnostics.add({
    code: isSecret ? 'IA_PIPELINE_UNSUPPORTED' : error.code,
    path,
    message: isSecret
      ? 'Secrets in expressions can not be resolved by this version.'
      : `${error.message}.`.replace(/\.\.$/, '.'),
    hint: error.hint,
  });
};

const checkCondition = (check: ExpressionCheck, transition: TransitionDefinition, path: Path): void => {
  if (transition.condition === undefined || isDefaultTransition(transition)) return;
  const step = check.graph.indexOf.get(transition.from);
  try {
    const condition = compileCondition(transition.condition);
    const isAlways = typeof transition.condition === 'object' && transition.condition.type === 'always';
    if (condition.constant !== undefined && !isAlways) {
      check.diagnostics.add({
        code: 'IA_PIPELINE_CONSTANT_CONDITION',
        severity: 'warning',
        path,
        message: `This condition is always ${condition.constant}.`,
        hint: condition.constant ? 'Leave it out.' : 'Remove the transition.',
      });
    }
    if (step === undefined) return;
    const place: Place = { kind: 'condition', step, isOnError: transition.on === 'error' };
    for (const expression of condition.expressions) checkReferences(check, { expression, path, place });
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    reportError(check, error, path);
  }
};

type Reading = { readonly expression: Expression; readonly path: Path; readonly place: Place };

const checkReferences = (check: ExpressionCheck, { expression, path, place }: Reading): void => {
  const { references } = expression;
  checkParameterNames(check, references.parameters, path);
  if (references.hasDynamicStep) {
    check.diagnostics.add({
      code: 'IA_PIPELINE_REFERENCE',
      path,
      message: "'steps' needs the id of a step that is known beforehand.",
      hint: 'Write steps.<id> or steps["<id>"].',
    });
  }
  const known: number[] = [];
  for (const { stepId, field } of references.steps) {
    const index = check.graph.indexOf.get(stepId);
    if (index === undefined) reportUnknownStep(check, stepId, path);
    else if (field !== null && !STEP_FIELDS.includes(field)) reportUnknownField(check, { stepId, field, path });
    else known.push(index);
  }
  if (place.kind === 'outputs') warnMissing(check, { expression, path, place });
  else if (checkVisible(check, { known, place, path })) warnMissing(check, { expression, path, place });
};

const reportUnknownStep = ({ diagnostics, graph }: ExpressionCheck, stepId: string, path: Path): void =>
  diagnostics.add({
    code: 'IA_PIPELINE_REFERENCE',
    path,
    message: `The expression reads step '${stepId}', which does not exist.`,
    hint: () => didYouMean(stepId, graph.indexOf.keys()),
  });

type FieldProblem = { readonly stepId: string; readonly field: string; readonly path: Path };

const reportUnknownField = ({ diagnostics }: ExpressionCheck, { stepId, field, path }: FieldProblem): void =>
  diagnostics.add({
    code: 'IA_PIPELINE_REFERENCE',
    path,
    message: `A step has no '${field}'.`,
    hint:
      didYouMean(field, STEP_FIELDS) ??
      `Its result is in steps.${stepId}.output: write steps.${stepId}.output.${field}.`,
  });

const checkParameterNames = (
  { definition, diagnostics }: ExpressionCheck,
  names: readonly string[],
  path: Path,
): void => {
  const { parameters } = definition;
  if (parameters?.['additionalProperties'] !== undefined || parameters?.['patternProperties'] !== undefined) return;
  const declared = Object.keys((parameters?.['properties'] as object | undefined) ?? {});
  for (const name of names) {
    if (declared.includes(name)) continue;
    diagnostics.add({
      code: 'IA_PIPELINE_UNKNOWN_PARAMETER',
      path,
      message: `The parameter '${name}' is not declared.`,
      hint: () => didYouMean(name, declared) ?? 'Declare it under parameters.properties.',
    });
  }
};

type Visibility = {
  readonly known: readonly number[];
  readonly place: Exclude<Place, { kind: 'outputs' }>;
  readonly path: Path;
};

const checkVisible = ({ graph, diagnostics }: ExpressionCheck, { known, place, path }: Visibility): boolean => {
  const wanted = new Set(known);
  if (place.kind === 'condition') wanted.delete(place.step);
  const ancestors = findAncestors(graph, place.step, wanted);
  let isVisible = true;
  for (const index of wanted) {
    if (ancestors.has(index)) continue;
    isVisible = false;
    diagnostics.add({
      code: 'IA_PIPELINE_REFERENCE',
      path,
      message: `Step '${graph.steps[index]?.id}' has not run when this is evaluated: no transition leads from it to '${graph.steps[place.step]?.id}'.`,
      hint: 'Refer to a step that comes before, or lead a transition from it.',
    });
  }
  return isVisible;
};

/** An output that is read although its step may have been skipped ends the run with an error: say so beforehand. */
const warnMissing = ({ graph, certain, diagnostics }: ExpressionCheck, { expression, path, place }: Reading): void => {
  const { steps } = expression.references;
  if (steps.length === 0) return;
  const guarded = new Set(steps.filter(({ isGuard }) => isGuard).map(({ stepId }) => stepId));
  for (const stepId of new Set(steps.filter(({ field }) => field === 'output').map((step) => step.stepId))) {
    const index = graph.indexOf.get(stepId);
    const isOwn = place.kind === 'condition' && place.step === index && !place.isOnError;
    if (index === undefined || isOwn || guarded.has(stepId) || isSurelyThere(certain(), { index, place })) continue;
    diagnostics.add({
      code: 'IA_PIPELINE_MAYBE_MISSING',
      severity: 'warning',
      path,
      message: `Step '${stepId}' does not run on every path that leads here: its output may be missing, which is an error.`,
      hint: `Guard it: has(steps.${stepId}.output) ? … : ….`,
    });
  }
};

const isSurelyThere = (
  certain: CertainOutputs | null,
  { index, place }: { readonly index: number; readonly place: Place },
): boolean => certain === null || (place.kind === 'outputs' ? certain.atEnd : certain.before(place.step)).has(index);
