import { type Json, PlatformError } from '@ia-modules/plugin-sdk';
import { authoringEnvironment, type CelNode, evaluationEnvironment, SECRETS_ROOT } from './cel-environment.ts';
import { isMisledByKey, withMapsForConstructors } from './constructor-keys.ts';
import { excerpt, failedExpression, invalidExpression, misplacedSecret } from './expression-errors.ts';
import { collectReferences, type References } from './references.ts';
import { comprehensionDepthOf, printCharged, printCheckable } from './rewrite.ts';
import { copyJson, toJson } from './to-json.ts';
import { breachedLimit, resetWork } from './work-budget.ts';

export const MAX_EXPRESSION_CHARS = 4_096;
export const MAX_COMPREHENSION_DEPTH = 2;

/** What an expression may read. `steps` holds at least the steps that the expression refers to. */
export type Scope = {
  readonly parameters: Json;
  readonly steps: Readonly<Record<string, Json>>;
  readonly run: Json;
  readonly trigger: Json;
  readonly iteration: number;
  readonly iteration_path: readonly number[];
  /** The item at hand, its place, and both for each level of nesting: only where a mapped step handles an item. */
  readonly item?: Json;
  readonly index?: number;
  readonly item_path?: readonly Json[];
  readonly index_path?: readonly number[];
};

/** A CEL expression that was parsed and checked, and can be evaluated any number of times. */
export type Expression = {
  readonly source: string;
  readonly references: References;
  /** The result's type as far as it is known without values; `dyn` when it is not. */
  readonly resultType: string;
  /** @throws PlatformError `IA_EXPRESSION_FAILED`, or `IA_EXPRESSION_LIMIT`; the message names the expression. */
  readonly evaluate: (scope: Scope) => Json;
};

/**
 * Compiles one CEL expression, checking its size, nesting, variables and types.
 * @throws PlatformError `IA_EXPRESSION_INVALID`, `IA_EXPRESSION_LIMIT` or `IA_PIPELINE_SECRET`
 */
export const compileExpression = (source: string): Expression => {
  if (source.length > MAX_EXPRESSION_CHARS) {
    throw new PlatformError({
      code: 'IA_EXPRESSION_LIMIT',
      message: `An expression may have ${MAX_EXPRESSION_CHARS} characters; this one has ${source.length}.`,
      hint: 'Compute the value in a step and refer to its output.',
    });
  }
  const parsed = parse(source);
  const ast = parsed.ast as unknown as CelNode;
  const references = collectReferences(ast);
  if (references.roots.has(SECRETS_ROOT)) throw misplacedSecret(source);
  const depth = comprehensionDepthOf(ast);
  if (depth > MAX_COMPREHENSION_DEPTH) {
    throw new PlatformError({
      code: 'IA_EXPRESSION_LIMIT',
      message: `Comprehensions may be nested ${MAX_COMPREHENSION_DEPTH} deep; in \`${excerpt(source)}\` they are ${depth} deep.`,
      hint: 'Do the inner part in a step of its own.',
    });
  }
  return { source, references, resultType: typeOf(source, parsed), evaluate: createEvaluation(source, ast) };
};

const parse = (source: string): ReturnType<typeof authoringEnvironment.parse> => {
  try {
    return authoringEnvironment.parse(source);
  } catch (error) {
    throw invalidExpression(source, error);
  }
};

const typeOf = (source: string, parsed: ReturnType<typeof parse>): string => {
  const checkable = source.includes('has') ? printCheckable(parsed.ast, source) : undefined;
  const checked = checkable === undefined ? parsed.check() : authoringEnvironment.check(checkable);
  if (!checked.valid) throw invalidExpression(source, checked.error);
  return checked.type ?? 'dyn';
};

/** Made ready when it is first evaluated: a definition that is only checked never is. */
const createEvaluation = (source: string, ast: CelNode): Expression['evaluate'] => {
  const toResult = isPath(ast) ? copyJson : toJson;
  let run: ((scope: Scope) => unknown) | undefined;
  // Let go once it has been printed: expressions live as long as their pipeline.
  let written: CelNode | undefined = ast;
  return (scope) => {
    resetWork();
    try {
      if (written !== undefined) {
        run = evaluationEnvironment.parse(printCharged(written, source));
        written = undefined;
      }
      const result = toResult(run === undefined ? undefined : runOn(run, scope));
      const breach = breachedLimit();
      if (breach !== undefined) throw breach;
      return result;
    } catch (error) {
      throw failedExpression(source, breachedLimit() ?? error);
    }
  };
};

/** Values as they are first: few have keys that the evaluator can't bear. */
const runOn = (run: (scope: Scope) => unknown, scope: Scope): unknown => {
  try {
    return run(scope);
  } catch (error) {
    if (!isMisledByKey(error)) throw error;
    resetWork();
    return run(withMapsForConstructors(scope));
  }
};

/** Whether an expression is only a way to a value, such as `steps.a.output.rows[0]`. */
const isPath = (ast: CelNode): boolean => {
  let node = ast;
  while (node.op === '.' || node.op === '[]') [node] = node.args as [CelNode];
  return node.op === 'id';
};

/** The expression's value as a finite number; undefined when it has none or can not be evaluated. */
export const evaluateNumber = (expression: Expression, scope: Scope): number | undefined => {
  try {
    const value = expression.evaluate(scope);
    return typeof value === 'number' ? value : undefined;
  } catch (error) {
    if (error instanceof PlatformError) return undefined;
    throw error;
  }
};
