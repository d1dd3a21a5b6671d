import { z } from 'zod';
import type { DiagnosticList, Finding, Path, PathSegment } from '../definition/diagnostic.ts';
import { pipelineSchema, type PipelineDefinition } from '../definition/schema.ts';
import { didYouMean } from '../definition/suggest.ts';
import { knownKeys } from './known-keys.ts';

type Issue = z.core.$ZodIssue;

export type CheckedShape = {
  /** Present when everything has its shape. */
  readonly definition?: PipelineDefinition;
  /** Where it has not. */
  readonly broken: readonly Path[];
};

/** Checks keys and types against the schema. */
export const checkShape = (value: unknown, diagnostics: DiagnosticList): CheckedShape => {
  const result = pipelineSchema.safeParse(value);
  if (result.success) return { definition: result.data, broken: [] };
  const broken: Path[] = [];
  for (const issue of result.error.issues) {
    for (const finding of toFindings(issue, issue.path.map(toSegment))) {
      diagnostics.add(finding);
      broken.push(finding.path);
    }
  }
  return { broken };
};

const toSegment = (segment: PropertyKey): PathSegment => (typeof segment === 'number' ? segment : String(segment));

const toFindings = (issue: Issue, path: Path): Finding[] => {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path));
  if (issue.code === 'invalid_union') return unionFindings(issue, path);
  const hint = issue.code === 'invalid_value' ? allowedHint(issue.values) : undefined;
  const message =
    issue.path.length === 0 ? `The definition: ${explain(issue)}.` : `${describe(path)}: ${explain(issue)}.`;
  return [{ code: 'IA_PIPELINE_SHAPE', path, message, hint }];
};

/** Says what was expected in the words of JSON. */
const explain = (issue: Issue): string => {
  if (issue.code !== 'invalid_type') return issue.message.replace('Invalid input: ', '');
  const words = issue.message.replace('Invalid input: ', '').replace('record', 'object').replace('array', 'list');
  return words.endsWith('received undefined') ? 'is missing' : words;
};

const describe = (path: Path): string =>
  `'${String(path.findLast((segment) => typeof segment === 'string') ?? path.at(-1))}'`;

const allowedHint = (values: readonly unknown[]): string =>
  `Allowed: ${values.map((value) => JSON.stringify(value)).join(', ')}.`;

/** Of a union's branches, the one that came furthest says what is wrong. */
const unionFindings = (issue: Extract<Issue, { code: 'invalid_union' }>, path: Path): Finding[] => {
  const branches = issue.errors.filter((branch) => branch.length > 0);
  const deepest = branches.toSorted((a, b) => score(b) - score(a))[0];
  if (deepest === undefined || score(deepest) === 0) {
    return [
      { code: 'IA_PIPELINE_SHAPE', path, message: `${describe(path)}: ${explain(issue)}.`, hint: unionHint(branches) },
    ];
  }
  return deepest.flatMap((inner) => toFindings(inner, [...path, ...inner.path.map(toSegment)]));
};

const score = (issues: readonly Issue[]): number =>
  issues.reduce((best, issue) => Math.max(best, issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)), 0);

const unionHint = (branches: readonly (readonly Issue[])[]): string | undefined => {
  const values = branches.flat().flatMap((issue) => (issue.code === 'invalid_value' ? issue.values : []));
  return values.length > 0 ? allowedHint(values) : undefined;
};

const unknownKey = (key: string, path: Path): Finding => ({
  code: 'IA_PIPELINE_UNKNOWN_KEY',
  path: [...path, key],
  message: `The key '${key}' is unknown here.`,
  hint: () => didYouMean(key, knownKeys(path)) ?? legacyHint(key),
});

const LEGACY_KEYS: ReadonlySet<string> = new Set([
  'step_class',
  'module',
  'class',
  'paths',
  'inputs',
  'config',
  'type',
]);

const legacyHint = (key: string): string | undefined =>
  LEGACY_KEYS.has(key)
    ? "It belongs to the older dialect: name what a step runs with 'uses', and its input with 'with'."
    : undefined;
