import type { z } from 'zod';
import type { Finding, Path } from '../definition/diagnostic.ts';
import { didYouMean } from '../definition/suggest.ts';
import { excerpt } from '../expression/expression-errors.ts';

export type ShapeIssue = z.core.$ZodIssue;

export type ShapeExplanation = Required<Pick<Finding, 'message' | 'hint'>>;

/** Says in the language's own words what does not have its shape. `received` is the value there. */
export const explainShape = (issue: ShapeIssue, path: Path, received: unknown): ShapeExplanation => {
  const key = path.findLast((segment) => typeof segment === 'string');
  const { what, hint } = explain(issue, key ?? '', received);
  const subject = path.length === 0 ? 'The definition' : `'${nameOf(path)}'`;
  if (received === undefined) return { message: `${subject}: is missing.`, hint };
  return { message: `${subject}: ${what}.`, hint };
};

/** The last key, and the place in its list. */
const nameOf = (path: Path): string => {
  const start = path.findLastIndex((segment) => typeof segment === 'string');
  const places = path.slice(start + 1).map((place) => `[${place}]`);
  return `${path[start] ?? ''}${places.join('')}`;
};

type Explanation = { readonly what: string; readonly hint?: Finding['hint'] };

const explain = (issue: ShapeIssue, key: string, received: unknown): Explanation => {
  switch (issue.code) {
    case 'invalid_type':
      return { what: `must be ${TYPES[issue.expected] ?? issue.expected}, not ${kindOf(received)}` };
    case 'invalid_value':
      return choice(issue.values, received);
    case 'invalid_union':
      return explainUnion(issue, key, received);
    case 'too_small':
      return { what: explainTooSmall(issue, key) };
    case 'too_big':
      return {
        what:
          issue.origin === 'string'
            ? `may have ${issue.maximum} characters`
            : `may be at most ${issue.maximum}, not ${String(received)}`,
      };
    case 'invalid_key':
      return { what: 'is no name: it must be lower-case letters, digits, _ or -, and start with a letter or _' };
    default:
      return { what: issue.message };
  }
};

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

const kindOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return String(value);
  return TYPES[typeof value] ?? typeof value;
};

/** What an empty list lacks. */
const ENTRIES: Readonly<Record<string, string>> = {
  cancels: 'step id',
  conditions: 'condition',
  on: 'name',
  start_at: 'step id',
  steps: 'step',
  transform: 'transform',
  validate: 'validator',
};

const explainTooSmall = ({ origin, minimum, inclusive }: z.core.$ZodIssueTooSmall, key: string): string => {
  if (origin === 'string') return 'is empty';
  if (origin === 'array') return `is empty: at least one ${ENTRIES[key] ?? 'entry'} is needed`;
  return inclusive === false ? `must be more than ${minimum}` : `must be at least ${minimum}`;
};

/** What may stand where there is more than one form. */
const FORMS: Readonly<Record<string, string>> = {
  condition: 'an expression or an object with a type',
  items: 'a list or a template',
  join: '"all", "any" or an object with at_least',
  start_at: 'a step id or a list of ids',
};

const explainUnion = (issue: z.core.$ZodIssueInvalidUnion, key: string, received: unknown): Explanation => {
  if ('options' in issue && Array.isArray(issue.options)) return choice(issue.options, received);
  const values = issue.errors.flat().flatMap((inner) => (inner.code === 'invalid_value' ? inner.values : []));
  const hint = values.length > 0 ? choice(values, received).hint : undefined;
  const form = FORMS[key];
  return { what: form === undefined ? 'has none of the forms it may have' : `must be ${form}`, hint };
};

const choice = (values: readonly unknown[], received: unknown): Explanation => ({
  what:
    typeof received === 'string' ? `can not be ${JSON.stringify(excerpt(received))}` : `can not be ${kindOf(received)}`,
  hint: () => {
    const texts = values.filter((value) => typeof value === 'string');
    const meant = typeof received === 'string' ? didYouMean(received, texts) : undefined;
    const allowed = `Allowed: ${values.map((value) => JSON.stringify(value)).join(', ')}.`;
    return meant === undefined ? allowed : `${meant} ${allowed}`;
  },
});
