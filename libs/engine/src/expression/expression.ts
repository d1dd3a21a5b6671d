import { type Json, PlatformError } from '@ia-modules/plugin-sdk';
import { resetElementBudget } from './element-budget.ts';
import { celEnvironment, SECRETS_ROOT, type CelNode } from './cel-environment.ts';
import { collectReferences, type References } from './references.ts';
import { rewriteExpression } from './rewrite.ts';
import { toJson } from './to-json.ts';

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
 * @throws PlatformError `IA_EXPRESSION_INVALID` or `IA_EXPRESSION_LIMIT`
 */
export const compileExpression = (source: string): Expression => {
  if (source.length > MAX_EXPRESSION_CHARS) {
    throw new PlatformError({
      code: 'IA_EXPRESSION_LIMIT',
      message: `An expression may have ${MAX_EXPRESSION_CHARS} characters; this one has ${source.length}.`,
      hint: 'Compute the value in a step and refer to its output.',
    });
  }
  const authored = parse(source);
  const ast = authored.ast as unknown as CelNode;
  const references = collectReferences(ast);
  if (references.roots.has(SECRETS_ROOT)) throw misplacedSecret(source);
  const rewritten = rewriteExpression(source, ast);
  if (rewritten.comprehensionDepth > MAX_COMPREHENSION_DEPTH) {
    throw new PlatformError({
      code: 'IA_EXPRESSION_LIMIT',
      message: `Comprehensions may be nested ${MAX_COMPREHENSION_DEPTH} deep; here they are ${rewritten.comprehensionDepth} deep.`,
    });
  }
  const parsed = rewritten.source === source ? authored : parse(rewritten.source);
  const checked = parsed.check();
  if (!checked.valid) throw invalid(source, checked.error);
  return {
    source,
    references,
    resultType: checked.type ?? 'dyn',
    evaluate: (scope) => {
      try {
        resetElementBudget();
        return toJson(parsed(scope));
      } catch (error) {
        throw failed(source, error);
      }
    },
  };
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

/** The error of a secret that stands anywhere but as `{{ secrets.NAME }}` in a place that may hold secrets. */
export const misplacedSecret = (source: string): PlatformError =>
  new PlatformError({
    code: 'IA_PIPELINE_SECRET',
    message: `\`${excerpt(source)}\` reads a secret where none may stand.`,
    hint: 'Write {{ secrets.NAME }} for itself, in the `with` of a plugin: alone or between other text, never inside an expression.',
  });

const parse = (source: string): ReturnType<typeof celEnvironment.parse> => {
  try {
    return celEnvironment.parse(source);
  } catch (error) {
    throw invalid(source, error);
  }
};

const invalid = (source: string, error: unknown): PlatformError =>
  new PlatformError({
    code: isLimit(error) ? 'IA_EXPRESSION_LIMIT' : 'IA_EXPRESSION_INVALID',
    message: `${summaryOf(error)} in \`${excerpt(source)}\``,
    hint: hintFor(source, error),
    cause: error,
  });

const failed = (source: string, error: unknown): PlatformError => {
  if (error instanceof PlatformError && error.code === 'IA_EXPRESSION_LIMIT') return error;
  const cause = error instanceof Error && error.cause instanceof PlatformError ? error.cause : undefined;
  if (cause !== undefined) return cause;
  return new PlatformError({
    code: 'IA_EXPRESSION_FAILED',
    message: `${summaryOf(error)} in \`${excerpt(source)}\``,
    hint: summaryOf(error).startsWith('No such key') ? 'Guard a field that may be missing with has(…).' : undefined,
    cause: error,
  });
};

const isLimit = (error: unknown): boolean => error instanceof Error && /limit|exceed/i.test(summaryOf(error));

const summaryOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'The expression failed';
  const summary = 'summary' in error && typeof error.summary === 'string' ? error.summary : error.message;
  return summary.split('\n')[0] ?? 'The expression failed';
};

const hintFor = (source: string, error: unknown): string | undefined => {
  if (/steps\.[A-Za-z0-9_]*-/.test(source) && /unknown variable/i.test(summaryOf(error))) {
    return 'A step id with a dash is read as a subtraction: write steps["my-step"].';
  }
  return undefined;
};

const excerpt = (source: string): string => (source.length > 120 ? `${source.slice(0, 120)}…` : source);
