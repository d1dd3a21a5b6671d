import { type Json, type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import type { ConditionOperator, ObjectCondition, PipelineDefinition } from '../definition/schema.ts';
import { resolveUses } from '../definition/uses.ts';
import { createComparison, kindOf } from './comparison.ts';
import { excerpt } from './expression-errors.ts';
import { compileExpression, type Expression, type Scope } from './expression.ts';
import { compileTemplate, type Template } from './template.ts';

/** A condition that a plugin decides: `@community/weather#is-sunny`. */
export type PluginCondition = { readonly uses: string; readonly config: Template<JsonObject> };

/** A transition's condition made ready to run. */
export type ConditionFunction = {
  readonly stepIds: readonly string[];
  /** Every CEL expression in it, those in the configuration of plugins too. */
  readonly expressions: readonly Expression[];
  /** What plugins have to answer before it can be evaluated, in the order of appearance. */
  readonly plugins: readonly PluginCondition[];
  /** The result when it is the same in every run; undefined when it depends on values. */
  readonly constant: boolean | undefined;
  /**
   * Takes the answers of {@link plugins}, in their order.
   * @throws PlatformError when a field is missing or a type does not fit: never false instead.
   */
  readonly holds: (scope: Scope, pluginResults?: readonly boolean[]) => boolean;
};

/** A part of a condition; the plugins in it go to the list of the whole. */
type ConditionPart = Omit<ConditionFunction, 'plugins'>;

/**
 * Compiles a CEL text or an object condition; the aliases of plugins are resolved by the definition's `plugins`.
 * @throws PlatformError `IA_EXPRESSION_INVALID`, `IA_EXPRESSION_LIMIT` or `IA_PIPELINE_SECRET`
 */
export const compileCondition = (
  condition: string | ObjectCondition,
  aliases?: PipelineDefinition['plugins'],
): ConditionFunction => {
  const plugins: PluginCondition[] = [];
  const part = compilePart(condition, plugins);
  return { ...part, plugins: plugins.map(({ uses, config }) => ({ uses: resolveUses(uses, aliases), config })) };
};

const compilePart = (condition: string | ObjectCondition, plugins: PluginCondition[]): ConditionPart => {
  if (typeof condition === 'string') return compileText(condition);
  switch (condition.type) {
    case 'always':
    case 'default':
      return { stepIds: [], expressions: [], constant: true, holds: () => true };
    case 'expression':
      return compileComparison(condition.source, condition.operator, condition.value);
    case 'parameter':
      return compileComparison(
        parameterSource(condition.name),
        condition.operator ?? 'equals',
        parameterValue(condition),
      );
    case 'plugin':
      return compilePlugin(condition.plugin, condition.config ?? {}, plugins);
    case 'all':
      return combine(partsOf(condition.conditions, plugins), (parts, holds) => parts.every(holds));
    case 'any':
      return combine(partsOf(condition.conditions, plugins), (parts, holds) => parts.some(holds));
    default:
      return combine(partsOf([condition.condition], plugins), (parts, holds) => !parts.some(holds));
  }
};

const partsOf = (conditions: readonly ObjectCondition[], plugins: PluginCondition[]): ConditionPart[] =>
  conditions.map((condition) => compilePart(condition, plugins));

const compilePlugin = (uses: string, config: JsonObject, plugins: PluginCondition[]): ConditionPart => {
  const template = compileTemplate(config, { allowsSecrets: true });
  const position = plugins.push({ uses, config: template }) - 1;
  return {
    stepIds: template.stepIds,
    expressions: template.expressions.map(({ expression }) => expression),
    constant: undefined,
    holds: (_scope, pluginResults) => {
      const result = pluginResults?.[position];
      if (result !== undefined) return result;
      throw new PlatformError({
        code: 'IA_EXPRESSION_FAILED',
        message: `The plugin condition '${uses}' was not answered.`,
        fault: 'bug',
      });
    },
  };
};

const compileText = (source: string): ConditionPart => {
  const expression = compileExpression(source);
  const { references, resultType } = expression;
  if (resultType !== 'bool' && resultType !== 'dyn') {
    throw new PlatformError({
      code: 'IA_EXPRESSION_INVALID',
      message: `A condition must be true or false; \`${excerpt(source)}\` is ${resultType}.`,
      hint: 'Compare it, for example with == or >.',
    });
  }
  return {
    stepIds: references.stepIds,
    expressions: [expression],
    constant: references.roots.size === 0 ? constantResult(expression) : undefined,
    holds: (scope) => {
      const result = expression.evaluate(scope);
      if (typeof result === 'boolean') return result;
      throw new PlatformError({
        code: 'IA_EXPRESSION_FAILED',
        message: `The condition \`${excerpt(source)}\` gave ${kindOf(result)} instead of true or false.`,
        hint: 'Compare it, for example with == or >.',
      });
    },
  };
};

const EMPTY_SCOPE: Scope = { parameters: {}, steps: {}, run: {}, trigger: {}, iteration: 0, iteration_path: [] };

const constantResult = (expression: Expression): boolean | undefined => {
  try {
    return expression.evaluate(EMPTY_SCOPE) === true;
  } catch {
    return undefined;
  }
};

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

const parameterSource = (name: string): string =>
  IDENTIFIER.test(name) ? `parameters.${name}` : `parameters[${JSON.stringify(name)}]`;

const parameterValue = (condition: Extract<ObjectCondition, { type: 'parameter' }>): Json | undefined =>
  condition.value === undefined && condition.operator === undefined ? true : condition.value;

type Combination = (parts: readonly ConditionPart[], holds: (part: ConditionPart) => boolean) => boolean;

const combine = (parts: readonly ConditionPart[], decide: Combination): ConditionPart => {
  const isConstant = parts.every((part) => part.constant !== undefined);
  return {
    stepIds: [...new Set(parts.flatMap((part) => part.stepIds))],
    expressions: parts.flatMap((part) => part.expressions),
    constant: isConstant ? decide(parts, (part) => part.constant === true) : undefined,
    holds: (scope, pluginResults) => decide(parts, (part) => part.holds(scope, pluginResults)),
  };
};

const compileComparison = (source: string, operator: ConditionOperator, value: Json | undefined): ConditionPart => {
  const compare = createComparison({ source, operator, value });
  const asksExistence = operator === 'exists' || operator === 'not_exists';
  const expression = compileExpression(asksExistence ? `has(${source})` : source);
  return {
    stepIds: expression.references.stepIds,
    expressions: [expression],
    constant: undefined,
    holds: (scope) => compare(expression.evaluate(scope)),
  };
};
