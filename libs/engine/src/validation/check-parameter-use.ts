import type { ObjectCondition, PipelineDefinition } from '../definition/schema.ts';
import type { Path } from '../definition/diagnostic.ts';
import { didYouMean } from '../definition/suggest.ts';
import type { Readings } from './expression-place.ts';
import type { PipelineCheck } from './pipeline-check.ts';

/** Checks that the parameters which are read are declared, and warns of those that are never read. */
export const checkParameterUse = (check: PipelineCheck, readings: Readings): void => {
  const { definition, diagnostics } = check;
  const declared = declaredParameters(definition);
  const isOpen =
    definition.parameters?.['additionalProperties'] !== undefined ||
    definition.parameters?.['patternProperties'] !== undefined;
  const used = new Set<string>();
  let canTell = !readings.hasUnreadable && !takesAllParameters(definition);
  for (const { expression, path } of readings.list) {
    const { roots, parameters } = expression.references;
    if (!roots.has('parameters')) continue;
    for (const name of parameters) {
      used.add(name);
      if (isOpen || declared.has(name)) continue;
      // It may be one of the others, misspelt.
      canTell = false;
      reportUndeclared(check, { name, path, declared });
    }
    canTell &&= !readsWhole(expression.source);
  }
  if (!canTell) return;
  for (const name of declared) {
    if (used.has(name)) continue;
    diagnostics.add({
      code: 'IA_PIPELINE_UNUSED_PARAMETER',
      severity: 'warning',
      path: ['parameters', 'properties', name],
      message: `The parameter '${name}' is never read.`,
      hint: 'Remove it, or read it as parameters.<name>.',
    });
  }
};

const declaredParameters = ({ parameters }: PipelineDefinition): ReadonlySet<string> => {
  const properties = parameters?.['properties'];
  return new Set(typeof properties === 'object' && properties !== null ? Object.keys(properties) : []);
};

type Undeclared = { readonly name: string; readonly path: Path; readonly declared: ReadonlySet<string> };

const reportUndeclared = ({ diagnostics }: PipelineCheck, { name, path, declared }: Undeclared): void =>
  diagnostics.add({
    code: 'IA_PIPELINE_UNKNOWN_PARAMETER',
    path,
    message: `The parameter '${name}' is not declared.`,
    hint: () => didYouMean(name, declared) ?? 'Declare it under parameters.properties.',
  });

/** `parameters` without a name behind it, or with one that is only known at run time. */
const readsWhole = (source: string): boolean => /\bparameters\b(?!\s*(?:\.|\[\s*["']))/.test(source);

/** A condition that a plugin decides is handed all of them. */
const takesAllParameters = ({ flow }: PipelineDefinition): boolean =>
  (flow?.transitions ?? []).some(({ condition }) => typeof condition === 'object' && asksPlugin(condition));

const asksPlugin = (root: ObjectCondition): boolean => {
  const pending: ObjectCondition[] = [root];
  for (let condition = pending.pop(); condition !== undefined; condition = pending.pop()) {
    if (condition.type === 'plugin') return true;
    if (condition.type === 'not') pending.push(condition.condition);
    else if (condition.type === 'all' || condition.type === 'any') {
      for (const inner of condition.conditions) pending.push(inner);
    }
  }
  return false;
};
