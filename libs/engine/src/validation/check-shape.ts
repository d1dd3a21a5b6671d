import {
  formatPath,
  type DiagnosticList,
  type Finding,
  type Path,
  type PathSegment,
} from '../definition/diagnostic.ts';
import { pipelineSchema, type PipelineDefinition } from '../definition/schema.ts';
import { didYouMean } from '../definition/suggest.ts';
import { explainShape, type ShapeIssue } from './explain-shape.ts';
import { knownKeys } from './known-keys.ts';

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
  const broken = new Map<string, Path>();
  for (const issue of result.error.issues) {
    for (const finding of toFindings(value, issue, issue.path.map(toSegment))) {
      // What has the wrong type may have the wrong length too: the first says enough.
      const place = formatPath(finding.path);
      if (broken.has(place)) continue;
      broken.set(place, finding.path);
      diagnostics.add(finding);
    }
  }
  return { broken: [...broken.values()] };
};

const toSegment = (segment: PropertyKey): PathSegment => (typeof segment === 'number' ? segment : String(segment));

const toFindings = (root: unknown, issue: ShapeIssue, path: Path): Finding[] => {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path));
  const branch = issue.code === 'invalid_union' ? deepestOf(issue.errors) : undefined;
  if (branch !== undefined) {
    return branch.flatMap((inner) => toFindings(root, inner, [...path, ...inner.path.map(toSegment)]));
  }
  return [{ code: 'IA_PIPELINE_SHAPE', path, ...explainShape(issue, path, valueAt(root, path)) }];
};

const valueAt = (root: unknown, path: Path): unknown => {
  let value = root;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Readonly<Record<PathSegment, unknown>>)[segment];
  }
  return value;
};

/** Of a union's branches, the one that came furthest says what is wrong; none when no branch was entered. */
const deepestOf = (branches: readonly (readonly ShapeIssue[])[]): readonly ShapeIssue[] | undefined => {
  const [deepest] = branches.toSorted((a, b) => score(b) - score(a));
  return deepest === undefined || score(deepest) === 0 ? undefined : deepest;
};

const score = (issues: readonly ShapeIssue[]): number =>
  issues.reduce((best, issue) => Math.max(best, issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)), 0);

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
