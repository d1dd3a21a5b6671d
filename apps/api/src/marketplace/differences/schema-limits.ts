import { isDeepStrictEqual } from 'node:util';
import type { createSchemaFindings } from './schema-findings.ts';

type SchemaObject = { readonly [keyword: string]: unknown };
type Findings = ReturnType<ReturnType<typeof createSchemaFindings>['at']>;
type Sides = { readonly before: SchemaObject; readonly after: SchemaObject };

const TYPES = ['string', 'number', 'integer', 'boolean', 'null', 'array', 'object'] as const;
const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties', 'minContains'] as const;
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties', 'maxContains'] as const;
/** What a schema says besides; two of them can't be told apart by how much they let through. */
const OPAQUE = [
  'pattern',
  'format',
  'multipleOf',
  'uniqueItems',
  'contains',
  'not',
  'if',
  'then',
  'else',
  'patternProperties',
  'propertyNames',
  'dependentRequired',
  'dependentSchemas',
  'unevaluatedProperties',
  'unevaluatedItems',
] as const;
const MAX_SHOWN = 60;

/** Compares what two schemas say of a value itself, not of its parts. */
export const compareLimits = (sides: Sides, findings: Findings): void => {
  compareTypes(sides, findings);
  compareChoices(sides, findings);
  for (const keyword of LOWER) compareBound(sides, { keyword, isLower: true }, findings);
  for (const keyword of UPPER) compareBound(sides, { keyword, isLower: false }, findings);
  for (const keyword of OPAQUE) compareOpaque(sides, keyword, findings);
  const [old, now] = [sides.before['default'], sides.after['default']];
  if (!isDeepStrictEqual(old, now)) findings.noted(`Its default was ${show(old)} and is ${show(now)} now.`);
};

const show = (value: unknown): string => {
  if (value === undefined) return 'not set';
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
};

const typesOf = ({ type, nullable }: SchemaObject): ReadonlySet<string> => {
  if (type === undefined) return new Set(TYPES);
  const types = new Set<string>(Array.isArray(type) ? type : [type]);
  if (nullable === true) types.add('null');
  // A whole number is a number.
  if (types.has('number')) types.add('integer');
  return types;
};

const without = (values: ReadonlySet<string>, others: ReadonlySet<string>): readonly string[] =>
  [...values].filter((value) => !others.has(value));

const named = (schema: SchemaObject): string =>
  schema['type'] === undefined ? 'any type' : [schema['type']].flat().map(String).join(' or ');

const compareTypes = ({ before, after }: Sides, findings: Findings): void => {
  const [old, now] = [typesOf(before), typesOf(after)];
  const [isNarrower, isWider] = [without(old, now).length > 0, without(now, old).length > 0];
  const message = `It was ${named(before)} and is ${named(after)} now.`;
  if (isNarrower && isWider) findings.shifted(message);
  else if (isNarrower) findings.narrowed(message);
  else if (isWider) findings.widened(message);
};

const choicesOf = ({ enum: choices, const: constant }: SchemaObject): ReadonlySet<string> | null => {
  if (constant !== undefined) return new Set([JSON.stringify(constant)]);
  return Array.isArray(choices) ? new Set(choices.map((choice: unknown) => JSON.stringify(choice))) : null;
};

const compareChoices = ({ before, after }: Sides, findings: Findings): void => {
  const [old, now] = [choicesOf(before), choicesOf(after)];
  if (old === null && now !== null) findings.narrowed('It has to be one of a few values now.');
  if (old !== null && now === null) findings.widened('It may be more than a few values now.');
  if (old === null || now === null) return;
  const [gone, come] = [without(old, now).join(', '), without(now, old).join(', ')];
  if (gone !== '') findings.narrowed(`It can not be ${cut(gone)} any more.`);
  if (come !== '') findings.widened(`It may be ${cut(come)} too.`);
};

const cut = (text: string): string => (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);

const compareBound = (
  { before, after }: Sides,
  { keyword, isLower }: Readonly<{ keyword: string; isLower: boolean }>,
  findings: Findings,
): void => {
  const [old, now] = [before[keyword], after[keyword]];
  if (old === now) return;
  const free = isLower ? -Infinity : Infinity;
  const [from, to] = [typeof old === 'number' ? old : free, typeof now === 'number' ? now : free];
  const message = `Its \`${keyword}\` was ${show(old)} and is ${show(now)} now.`;
  if (isLower ? to > from : to < from) findings.narrowed(message);
  else findings.widened(message);
};

const compareOpaque = ({ before, after }: Sides, keyword: string, findings: Findings): void => {
  const [old, now] = [before[keyword], after[keyword]];
  if (isDeepStrictEqual(old, now)) return;
  if (old === undefined) findings.narrowed(`It has a \`${keyword}\` now.`);
  else if (now === undefined) findings.widened(`It has no \`${keyword}\` any more.`);
  else findings.shifted(`Its \`${keyword}\` is another one.`);
};
