import type { ErrorCode } from '@ia-modules/plugin-sdk';
import type { Path } from '../definition/diagnostic.ts';
import { pipelineSchema, type PipelineDefinition } from '../definition/schema.ts';

/** What can be said of a definition although parts of it had to be left out: nothing that these parts could have changed. */
export type RepairedShape = { readonly definition: PipelineDefinition; readonly codes: ReadonlySet<ErrorCode> };

const ALWAYS_TELLING: readonly ErrorCode[] = [
  'IA_EXPRESSION_FAILED',
  'IA_EXPRESSION_INVALID',
  'IA_EXPRESSION_LIMIT',
  'IA_PIPELINE_APPROVAL',
  'IA_PIPELINE_DUPLICATE_STEP',
  'IA_PIPELINE_DURATION',
  'IA_PIPELINE_MODULE',
  'IA_PIPELINE_PARAMETERS',
  'IA_PIPELINE_PLUGIN',
  'IA_PIPELINE_RANGE',
  'IA_PIPELINE_REFERENCE',
  'IA_PIPELINE_SECRET',
  'IA_PIPELINE_UNKNOWN_PIPELINE',
  'IA_PIPELINE_UNKNOWN_STEP',
  'IA_PIPELINE_UNKNOWN_USES',
];
const ABOUT_FLOW: readonly ErrorCode[] = ['IA_PIPELINE_CYCLE', 'IA_PIPELINE_LOOP', 'IA_PIPELINE_UNREACHABLE'];
const ABOUT_STEPS: readonly ErrorCode[] = [
  'IA_PIPELINE_UNSUPPORTED',
  'IA_PIPELINE_WITH',
  'IA_PIPELINE_BUDGET',
  'IA_PIPELINE_COMPENSATION',
];
const ABOUT_PARAMETERS: readonly ErrorCode[] = ['IA_PIPELINE_UNKNOWN_PARAMETER'];

const ABOUT_NAMES: ReadonlySet<ErrorCode> = new Set([
  'IA_PIPELINE_DUPLICATE_STEP',
  'IA_PIPELINE_REFERENCE',
  'IA_PIPELINE_UNKNOWN_STEP',
]);

const MAX_ROUNDS = 3;

/** Leaves out what does not have its shape, so that the rest can be checked too. Undefined when too little would be left. */
export const repairShape = (value: unknown, broken: readonly Path[]): RepairedShape | undefined => {
  const copy: unknown = structuredClone(value);
  let paths = broken;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if (!paths.every((path) => leaveOut(copy, path))) return undefined;
    const result = pipelineSchema.safeParse(copy);
    if (result.success) return { definition: result.data, codes: tellingCodes(broken) };
    paths = result.error.issues.flatMap((issue) => {
      const path = issue.path.map((segment) => (typeof segment === 'number' ? segment : String(segment)));
      return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path];
    });
  }
  return undefined;
};

const tellingCodes = (broken: readonly Path[]): ReadonlySet<ErrorCode> => {
  const touches = (root: string): boolean => broken.some(([first]) => first === root);
  const hasNameless = broken.some(isStepId);
  return new Set([
    ...ALWAYS_TELLING.filter((code) => !hasNameless || !ABOUT_NAMES.has(code)),
    ...(touches('flow') || hasNameless ? [] : ABOUT_FLOW),
    ...(touches('steps') || touches('flow') ? [] : ABOUT_STEPS),
    ...(touches('parameters') ? [] : ABOUT_PARAMETERS),
  ]);
};

/** Stands for the id of a step whose own is none. */
const PLACEHOLDER = 'unnamed_step_';

const isStepId = (path: Path): boolean => path.length === 3 && path[0] === 'steps' && path[2] === 'id';

/** Without these a step or a transition is none: the others can't be checked without knowing them. */
const ESSENTIAL: ReadonlySet<string> = new Set(['steps', 'transitions', 'id', 'uses', 'from', 'to']);

/** Removes what is at a path, or what lacks it. False when that would leave too little. */
const leaveOut = (root: unknown, path: Path): boolean => {
  const parents: unknown[] = [root];
  for (const segment of path.slice(0, -1)) {
    const parent = parents.at(-1);
    if (typeof parent !== 'object' || parent === null) return true;
    parents.push((parent as Record<string | number, unknown>)[segment]);
  }
  for (let depth = path.length - 1; depth >= 0; depth -= 1) {
    const key = path[depth];
    const parent = parents[depth];
    if (typeof key !== 'string' || typeof parent !== 'object' || parent === null) continue;
    if (depth === 0 && key === 'name') return Reflect.set(parent, key, 'unnamed');
    if (depth === 2 && isStepId(path)) return Reflect.set(parent, key, `${PLACEHOLDER}${path[1]}`);
    if (ESSENTIAL.has(key)) return false;
    // A list that lacks an item, or an object that lacks a key, is left out as a whole.
    if (Object.hasOwn(parent, key)) return Reflect.deleteProperty(parent, key);
  }
  return false;
};
