import type { Json, ObjectCondition } from '@ia-modules/engine';

/** What conditions and templates see. A path that leads nowhere is an error, except for those who ask whether it does. */
export type NaiveScope = { readonly [root: string]: unknown };

/** An expression that can't be evaluated. */
export class UnreadableError extends Error {}

const read = (scope: NaiveScope, path: string): { readonly value: unknown } | undefined => {
  let value: unknown = scope;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return { value };
};

const demand = (scope: NaiveScope, path: string): unknown => {
  const found = read(scope, path);
  if (found === undefined) throw new UnreadableError(`Nothing at ${path}.`);
  return found.value;
};

/** Object conditions alone; sources are plain paths. */
export const holdsNaively = (condition: ObjectCondition, scope: NaiveScope): boolean => {
  switch (condition.type) {
    case 'all':
      return condition.conditions.every((part) => holdsNaively(part, scope));
    case 'any':
      return condition.conditions.some((part) => holdsNaively(part, scope));
    case 'not':
      return !holdsNaively(condition.condition, scope);
    case 'always':
      return true;
    case 'expression':
      return compares(condition, scope);
    default:
      throw new Error(`The reference knows no condition of type ${condition.type}.`);
  }
};

type Comparison = Extract<ObjectCondition, { readonly type: 'expression' }>;

const compares = ({ source, operator, value }: Comparison, scope: NaiveScope): boolean => {
  switch (operator) {
    case 'exists':
      return read(scope, source) !== undefined;
    case 'equals':
      return demand(scope, source) === value;
    case 'less_than':
      return Number(demand(scope, source)) < Number(value);
    case 'in':
      return Array.isArray(value) && value.includes(demand(scope, source));
    default:
      throw new Error(`The reference knows no operator ${operator}.`);
  }
};

const TEMPLATE = /^\{\{ ([a-z0-9_.]+) \}\}$/;

/** Fills templates that are a path and nothing else. */
export const fillNaively = (value: Json, scope: NaiveScope): Json => {
  if (typeof value === 'string') {
    const path = TEMPLATE.exec(value)?.[1];
    return path === undefined ? value : (demand(scope, path) as Json);
  }
  if (Array.isArray(value)) return value.map((item) => fillNaively(item, scope));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillNaively(item, scope)]));
};
