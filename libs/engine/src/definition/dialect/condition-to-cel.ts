import type { Json } from '@ia-modules/plugin-sdk';
import type { ConditionOperator, ObjectCondition } from '../schema.ts';
import { printCel } from './reference.ts';

/** A condition with parts that may be CEL already. */
export type DraftCondition =
  | Exclude<ObjectCondition, { readonly type: 'all' | 'any' | 'not' }>
  | { readonly type: 'cel'; readonly source: string }
  | { readonly type: 'all' | 'any'; readonly conditions: readonly DraftCondition[] }
  | { readonly type: 'not'; readonly condition: DraftCondition };

const INFIX: ReadonlyMap<ConditionOperator, string> = new Map([
  ['equals', '=='],
  ['not_equals', '!='],
  ['greater_than', '>'],
  ['greater_or_equal', '>='],
  ['less_than', '<'],
  ['less_or_equal', '<='],
  ['in', 'in'],
]);
const METHODS: ReadonlyMap<ConditionOperator, string> = new Map([
  ['starts_with', 'startsWith'],
  ['ends_with', 'endsWith'],
  ['matches', 'matches'],
]);

/**
 * Prints a condition as CEL. `value` is the expression that a comparison compares with, when it is not the condition's own value.
 * Undefined for what only an object can say: plugins, and `contains`, which depends on the type of what it looks into.
 */
export const conditionToCel = (condition: DraftCondition, value?: string): string | undefined => {
  switch (condition.type) {
    case 'cel':
      return condition.source;
    case 'always':
    case 'default':
      return 'true';
    case 'all':
    case 'any': {
      const parts = condition.conditions.map((part) => conditionToCel(part));
      if (parts.includes(undefined)) return undefined;
      return parts.map((part) => `(${part})`).join(condition.type === 'all' ? ' && ' : ' || ');
    }
    case 'not': {
      const inner = conditionToCel(condition.condition);
      return inner === undefined ? undefined : `!(${inner})`;
    }
    case 'parameter': {
      const { name, operator = 'equals' } = condition;
      const fallback = condition.operator === undefined ? true : undefined;
      return compare(printCel(['parameters', name]), operator, literal(condition.value ?? fallback));
    }
    case 'expression':
      return compare(condition.source, condition.operator, value ?? literal(condition.value));
    default:
      return undefined;
  }
};

const literal = (value: Json | undefined): string | undefined =>
  value === undefined ? undefined : JSON.stringify(value);

const compare = (source: string, operator: ConditionOperator, value: string | undefined): string | undefined => {
  if (operator === 'exists') return `has(${source})`;
  if (operator === 'not_exists') return `!has(${source})`;
  if (value === undefined) return undefined;
  const infix = INFIX.get(operator);
  if (infix !== undefined) return `${source} ${infix} ${value}`;
  if (operator === 'not_in') return `!(${source} in ${value})`;
  const method = METHODS.get(operator);
  return method === undefined ? undefined : `${source}.${method}(${value})`;
};
