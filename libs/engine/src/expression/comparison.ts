import { type Json, PlatformError } from '@ia-modules/plugin-sdk';
import type { ConditionOperator } from '../definition/schema.ts';
import { matchesWithinBudget } from './bounded-functions.ts';
import { excerpt } from './expression-errors.ts';
import { jsonEquals } from './json-equals.ts';
import { compilePattern } from './pattern.ts';

export type ComparisonDefinition = {
  /** What is compared, as it was written. */
  readonly source: string;
  readonly operator: ConditionOperator;
  readonly value?: Json | undefined;
};

/**
 * Makes an operator and its value ready; what it gives takes the value of the source, or for `exists` whether there is one.
 * @throws PlatformError `IA_EXPRESSION_INVALID` when the operator takes no such value
 */
export const createComparison = (definition: ComparisonDefinition): ((actual: Json) => boolean) => {
  const { operator, value } = definition;
  if (operator === 'exists' || operator === 'not_exists') {
    if (value !== undefined) throw invalid(`The operator ${operator} takes no value.`, 'Leave the value out.');
    return (exists) => (exists === true) === (operator === 'exists');
  }
  if (value === undefined) throw invalid(`The operator ${operator} needs a value.`, 'Add "value".');
  const { needs, compare } = OPERATORS[operator];
  if (needs !== undefined && !needs.includes(kindOf(value))) {
    throw invalid(`The operator ${operator} needs ${needs.join(' or ')}, not ${kindOf(value)}.`);
  }
  if (operator === 'matches' && typeof value === 'string') checkPattern(value);
  return (actual) => {
    const result = compare(actual, value);
    if (typeof result === 'boolean') return result;
    throw new PlatformError({
      code: 'IA_EXPRESSION_FAILED',
      message: `${result.mismatch} in \`${excerpt(`${definition.source} ${operator} ${JSON.stringify(value)}`)}\``,
    });
  };
};

/** How a value is called in messages. */
export const kindOf = (value: Json): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return { string: 'a text', number: 'a number', boolean: 'true or false' }[typeof value as string] ?? 'an object';
};

const invalid = (message: string, hint?: string): PlatformError =>
  new PlatformError({ code: 'IA_EXPRESSION_INVALID', message, hint });

const checkPattern = (pattern: string): void => {
  try {
    compilePattern(pattern);
  } catch (error) {
    if (error instanceof PlatformError) throw error;
    throw invalid(
      `The pattern can not be read: ${error instanceof Error ? error.message : String(error)}`,
      'Patterns are those of RE2: without look-around and back references.',
    );
  }
};

/** Whether it holds, or why the two don't go together. */
type Outcome = boolean | { readonly mismatch: string };
type Comparison = (actual: Json, expected: Json) => Outcome;
type Operator = {
  /** The kinds that the value may be; any when left out. */
  readonly needs?: readonly string[];
  readonly compare: Comparison;
};

const negated =
  (compare: Comparison): Comparison =>
  (actual, expected) => {
    const outcome = compare(actual, expected);
    return typeof outcome === 'boolean' ? !outcome : outcome;
  };

const ordered = (decide: (order: number) => boolean): Operator => ({
  needs: ['a number', 'a text'],
  compare: (actual, expected) => {
    if (typeof actual === 'number' && typeof expected === 'number') return decide(actual - expected);
    if (typeof actual === 'string' && typeof expected === 'string')
      return decide(actual < expected ? -1 : actual > expected ? 1 : 0);
    return { mismatch: `${kindOf(actual)} and ${kindOf(expected)} have no order` };
  },
});

const contains: Comparison = (actual, expected) => {
  if (typeof actual === 'string' && typeof expected === 'string') return actual.includes(expected);
  if (Array.isArray(actual)) return actual.some((item) => jsonEquals(item, expected));
  if (typeof actual === 'object' && actual !== null && typeof expected === 'string')
    return Object.hasOwn(actual, expected);
  return { mismatch: `${kindOf(actual)} can not contain ${kindOf(expected)}` };
};

const isIn: Comparison = (actual, expected) =>
  Array.isArray(expected) && expected.some((item) => jsonEquals(item, actual));

const ofTexts = (test: (actual: string, expected: string) => boolean): Operator => ({
  needs: ['a text'],
  compare: (actual, expected) =>
    typeof actual === 'string' && typeof expected === 'string'
      ? test(actual, expected)
      : { mismatch: `a text is needed, not ${kindOf(actual)}` },
});

const OPERATORS: Readonly<Record<Exclude<ConditionOperator, 'exists' | 'not_exists'>, Operator>> = {
  equals: { compare: jsonEquals },
  not_equals: { compare: negated(jsonEquals) },
  greater_than: ordered((order) => order > 0),
  greater_or_equal: ordered((order) => order >= 0),
  less_than: ordered((order) => order < 0),
  less_or_equal: ordered((order) => order <= 0),
  contains: { compare: contains },
  not_contains: { compare: negated(contains) },
  starts_with: ofTexts((actual, expected) => actual.startsWith(expected)),
  ends_with: ofTexts((actual, expected) => actual.endsWith(expected)),
  in: { needs: ['a list'], compare: isIn },
  not_in: { needs: ['a list'], compare: negated(isIn) },
  matches: ofTexts(matchesWithinBudget),
};
