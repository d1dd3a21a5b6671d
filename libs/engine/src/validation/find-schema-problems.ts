import type { JsonObject } from '@ia-modules/plugin-sdk';
import type { Finding, Path } from '../definition/diagnostic.ts';
import { compilePattern } from '../expression/pattern.ts';
import { checkAgainstMetaSchema } from './json-schema-validator.ts';

export type SchemaProblem = Pick<Finding, 'path' | 'message' | 'hint'>;

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

/** What the schema of schemas lets pass: patterns that RE2 can't read, other dialects, references to other documents. */
const findInnerProblems = (root: JsonObject): SchemaProblem[] => {
  const problems: SchemaProblem[] = [];
  const pending: { readonly value: unknown; readonly path: Path }[] = [{ value: root, path: [] }];
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    const { value, path } = entry;
    if (typeof value !== 'object' || value === null) continue;
    const isList = Array.isArray(value);
    for (const [key, child] of Object.entries(value as Record<string, unknown>)) {
      const at = [...path, isList ? Number(key) : key];
      const problem = problemOf({ root, path, key, value: child });
      if (problem !== undefined) problems.push({ path: at, ...problem });
      if (!DATA_KEYS.has(key)) pending.push({ value: child, path: at });
    }
  }
  return problems;
};

type Keyword = { readonly root: JsonObject; readonly path: Path; readonly key: string; readonly value: unknown };
type Problem = Omit<SchemaProblem, 'path'>;

const problemOf = ({ root, path, key, value }: Keyword): Problem | undefined => {
  if (path.at(-1) === 'patternProperties') return problemOfPattern(key);
  if (key === 'enum' && Array.isArray(value) && value.length === 0)
    return { message: 'an enum needs at least one value' };
  if (typeof value !== 'string') return undefined;
  if (key === '$ref') return problemOfReference(root, value);
  if (key === '$schema') return problemOfDialect(value);
  return key === 'pattern' ? problemOfPattern(value) : undefined;
};

const problemOfPattern = (pattern: string): Problem | undefined => {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    return { message: `the pattern can not be read: ${error instanceof Error ? error.message : String(error)}` };
  }
};

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

const problemOfDialect = (dialect: string): Problem | undefined =>
  dialect.replace(/#$/, '') === DIALECT
    ? undefined
    : { message: `'${dialect}' is another dialect`, hint: `Leave $schema out, or write ${DIALECT}.` };

const problemOfReference = (root: JsonObject, reference: string): Problem | undefined => {
  if (!reference.startsWith('#')) return { message: `'${reference}' is another document, which is never read` };
  if (!reference.startsWith('#/')) return undefined;
  let target: unknown = root;
  for (const segment of reference.slice(2).split('/')) {
    const name = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof target !== 'object' || target === null || !Object.hasOwn(target, name)) {
      return { message: `'${reference}' leads nowhere` };
    }
    target = (target as Readonly<Record<string, unknown>>)[name];
  }
  return undefined;
};
