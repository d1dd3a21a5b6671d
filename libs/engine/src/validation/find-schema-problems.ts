import type { JsonObject } from '@ia-modules/plugin-sdk';
import type { Path } from '../definition/diagnostic.ts';
import { compilePattern } from '../expression/pattern.ts';
import { checkAgainstMetaSchema } from './json-schema-validator.ts';

export type SchemaProblem = { readonly path: Path; readonly message: string; readonly hint?: string | undefined };

/** How many objects and lists a schema may consist of: each costs time whenever values are checked against it. */
export const MAX_SCHEMA_PARTS = 5_000;

/** Finds what is wrong with a JSON Schema itself, at the innermost place that can be named. Does not compile it. */
export const findSchemaProblems = (schema: JsonObject): SchemaProblem[] => {
  if (countParts(schema) > MAX_SCHEMA_PARTS) {
    return [{ path: [], message: `it has more than ${MAX_SCHEMA_PARTS} parts` }];
  }
  const violations = checkAgainstMetaSchema(schema);
  if (violations.length === 0) return findInnerProblems(schema);
  const byPath = new Map(violations.map((violation) => [violation.path.join('\n'), violation]));
  return [...byPath.values()].map(({ path, message, hint }) => ({ path, message, hint }));
};

const countParts = (root: JsonObject): number => {
  const pending: unknown[] = [root];
  let count = 0;
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    count += 1;
    for (const child of Object.values(value)) if (typeof child === 'object') pending.push(child);
  }
  return count;
};

/** Keys whose values are data, not schemas. */
const DATA_KEYS: ReadonlySet<string> = new Set(['default', 'const', 'enum', 'examples']);

/** Patterns that RE2 can't read, and references to other documents. */
const findInnerProblems = (root: JsonObject): SchemaProblem[] => {
  const problems: SchemaProblem[] = [];
  const pending: { readonly value: unknown; readonly path: Path }[] = [{ value: root, path: [] }];
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    const { value, path } = entry;
    if (typeof value !== 'object' || value === null) continue;
    const isList = Array.isArray(value);
    for (const [key, child] of Object.entries(value as Record<string, unknown>)) {
      const at = [...path, isList ? Number(key) : key];
      const message = typeof child === 'string' ? problemOf(root, key, child) : undefined;
      if (message !== undefined) problems.push({ path: at, message });
      if (!DATA_KEYS.has(key)) pending.push({ value: child, path: at });
    }
  }
  return problems;
};

const problemOf = (root: JsonObject, key: string, text: string): string | undefined => {
  if (key === '$ref') return problemOfReference(root, text);
  if (key !== 'pattern') return undefined;
  try {
    compilePattern(text);
    return undefined;
  } catch (error) {
    return `the pattern can not be read: ${error instanceof Error ? error.message : String(error)}`;
  }
};

const problemOfReference = (root: JsonObject, reference: string): string | undefined => {
  if (!reference.startsWith('#')) return `'${reference}' is another document, which is never read`;
  if (!reference.startsWith('#/')) return undefined;
  let target: unknown = root;
  for (const segment of reference.slice(2).split('/')) {
    const name = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof target !== 'object' || target === null || !Object.hasOwn(target, name)) {
      return `'${reference}' leads nowhere`;
    }
    target = (target as Readonly<Record<string, unknown>>)[name];
  }
  return undefined;
};
