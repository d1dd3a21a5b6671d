import type { JsonObject } from '@ia-modules/plugin-sdk';
import type { Path } from '../definition/diagnostic.ts';
import { compilePattern } from '../expression/pattern.ts';
import { checkAgainstMetaSchema, compileJsonSchema } from './json-schema-validator.ts';

export type SchemaProblem = { readonly path: Path; readonly message: string; readonly hint?: string | undefined };

/** Finds what is wrong with a JSON Schema itself, at the innermost place that can be named. */
export const findSchemaProblems = (schema: JsonObject): SchemaProblem[] => {
  const violations = checkAgainstMetaSchema(schema);
  if (violations.length > 0) {
    const byPath = new Map(violations.map((violation) => [violation.path.join('\n'), violation]));
    return [...byPath.values()].map(({ path, message, hint }) => ({ path, message, hint }));
  }
  const inner = findInnerProblems(schema);
  if (inner.length > 0) return inner;
  try {
    compileJsonSchema(schema);
    return [];
  } catch (error) {
    return [{ path: [], message: error instanceof Error ? error.message : 'it can not be compiled' }];
  }
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
      const message = typeof child === 'string' ? problemOf(key, child) : undefined;
      if (message !== undefined) problems.push({ path: at, message });
      if (!DATA_KEYS.has(key)) pending.push({ value: child, path: at });
    }
  }
  return problems;
};

const problemOf = (key: string, text: string): string | undefined => {
  if (key === '$ref' && !text.startsWith('#')) return `'${text}' is another document, which is never read`;
  if (key !== 'pattern') return undefined;
  try {
    compilePattern(text);
    return undefined;
  } catch (error) {
    return `the pattern can not be read: ${error instanceof Error ? error.message : String(error)}`;
  }
};
