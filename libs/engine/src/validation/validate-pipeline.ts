import { DiagnosticList, type Diagnostic } from '../definition/diagnostic.ts';
import { importDialect } from '../definition/dialect/import-dialect.ts';
import { MAX_DEPTH, isNestedTooDeep } from '../definition/nesting.ts';
import { parsePipelineText, type PipelineFormat } from '../definition/parse-pipeline-text.ts';
import type { PipelineDefinition } from '../definition/schema.ts';
import { findCertainOutputs } from '../graph/certain-outputs.ts';
import { findLoopRegions } from '../graph/loop-regions.ts';
import { buildPipelineGraph } from '../graph/pipeline-graph.ts';
import { checkCompensations } from './check-compensations.ts';
import { checkExpressions } from './check-expressions.ts';
import { checkFlow } from './check-flow.ts';
import { checkHooks } from './check-hooks.ts';
import { checkNumbers } from './check-numbers.ts';
import { checkParameters } from './check-parameters.ts';
import { checkShape } from './check-shape.ts';
import { checkSteps } from './check-steps.ts';
import { checkSubPipelines } from './check-sub-pipelines.ts';
import { checkPlugins } from './check-uses.ts';
import type { KnownWorld, PipelineCheck } from './pipeline-check.ts';
import { repairShape, type RepairedShape } from './repair-shape.ts';
import { resolveStepTypes } from './step-types.ts';

/** What came of checking a definition. */
export type PipelineValidation = {
  /** Present when there are no errors. */
  readonly definition?: PipelineDefinition;
  /** In source order. */
  readonly diagnostics: readonly Diagnostic[];
};

/** What the definition is checked against; what is left out is not checked. */
export type ValidatePipelineOptions = KnownWorld & {
  /** How a text is read. @default 'json' */
  readonly format?: PipelineFormat;
};

/** Finds everything that is wrong with a definition, given as text or as a parsed value. Never throws, never stops at the first. */
export const validatePipeline = (source: unknown, options: ValidatePipelineOptions = {}): PipelineValidation => {
  const { value, diagnostics } =
    typeof source === 'string' ? parsePipelineText(source, options.format) : refuseDeepValue(source);
  if (value === undefined) return { diagnostics: diagnostics.list() };
  if (typeof source !== 'string' || MAY_BE_HUGE.test(source)) checkNumbers(value, diagnostics);
  const canonical = importDialect(value, diagnostics);
  const { definition, broken } = checkShape(canonical, diagnostics);
  if (definition !== undefined) checkDefinition(definition, diagnostics, options);
  else checkRest(repairShape(canonical, broken), diagnostics, options);
  const list = diagnostics.list();
  return definition === undefined || diagnostics.hasErrors ? { diagnostics: list } : { definition, diagnostics: list };
};

/** One misspelt key must not hide what else is wrong. */
const checkRest = (rest: RepairedShape | undefined, diagnostics: DiagnosticList, world: KnownWorld): void => {
  if (rest === undefined) return;
  diagnostics.tellOnly(rest.codes, rest.broken);
  checkDefinition(rest.definition, diagnostics, world);
};

/** What a number beyond 1.8e308 looks like in a text. */
const MAY_BE_HUGE = /\d[eE]\+?\d{3}|\d{309}/;

const checkDefinition = (definition: PipelineDefinition, diagnostics: DiagnosticList, world: KnownWorld): void => {
  const graph = buildPipelineGraph(definition);
  const check: PipelineCheck = {
    definition,
    diagnostics,
    graph,
    types: resolveStepTypes(definition, world),
    world,
    findCertain: once(() => findCertainOutputs(graph)),
    findLoops: once(() => findLoopRegions(graph.loopGraph)),
  };
  checkParameters(definition, diagnostics);
  checkPlugins(check);
  checkSteps(check);
  checkSubPipelines(check);
  checkFlow(check);
  checkCompensations(check);
  checkHooks(check);
  checkExpressions(check);
};

const once = <T extends object>(work: () => T): (() => T) => {
  let result: T | undefined;
  return () => (result ??= work());
};

/** A value from a program may be nested without end, or contain itself. */
const refuseDeepValue = (value: unknown): { readonly value: unknown; readonly diagnostics: DiagnosticList } => {
  const diagnostics = new DiagnosticList();
  if (value === undefined || value === null || typeof value !== 'object') {
    diagnostics.add({ code: 'IA_PIPELINE_SHAPE', path: [], message: 'A definition is an object.' });
    return { value: undefined, diagnostics };
  }
  if (isNestedTooDeep(value)) {
    diagnostics.add({
      code: 'IA_PIPELINE_TOO_DEEP',
      path: [],
      message: `A definition may be nested ${MAX_DEPTH} levels deep.`,
    });
    return { value: undefined, diagnostics };
  }
  if (!hasOwnPrototypeKey(value)) return { value, diagnostics };
  diagnostics.add({
    code: 'IA_PIPELINE_UNSAFE_KEY',
    path: ['__proto__'],
    message: "The key '__proto__' is not allowed.",
  });
  return { value: undefined, diagnostics };
};

const hasOwnPrototypeKey = (root: object): boolean => {
  const pending: object[] = [root];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    if (Object.hasOwn(item, '__proto__')) return true;
    for (const child of Object.values(item))
      if (typeof child === 'object' && child !== null) pending.push(child as object);
  }
  return false;
};
