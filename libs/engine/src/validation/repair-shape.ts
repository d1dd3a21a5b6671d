import type { ErrorCode } from '@ia-modules/plugin-sdk';
import type { Path } from '../definition/diagnostic.ts';
import { pipelineSchema, type PipelineDefinition } from '../definition/schema.ts';

/** What can be said of a definition although parts of it had to be left out: nothing that these parts could have changed. */
export type RepairedShape = {
  readonly definition: PipelineDefinition;
  readonly codes: ReadonlySet<ErrorCode>;
  /** Where something was left out or replaced: nothing can be said of what stands there. */
  readonly broken: readonly Path[];
};

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
const ABOUT_TYPES: readonly ErrorCode[] = ['IA_PIPELINE_TYPE'];

const ABOUT_NAMES: readonly ErrorCode[] = [
  'IA_PIPELINE_DUPLICATE_STEP',
  'IA_PIPELINE_REFERENCE',
  'IA_PIPELINE_UNKNOWN_STEP',
];
/** What comes before a step is not known without all transitions. */
const ABOUT_TIES: readonly ErrorCode[] = ['IA_PIPELINE_REFERENCE'];

const MAX_ROUNDS = 3;

/** Leaves out what does not have its shape, so that the rest can be checked too. Undefined when too little would be left. */
export const repairShape = (value: unknown, broken: readonly Path[]): RepairedShape | undefined => {
  const copy: unknown = structuredClone(value);
  let paths = broken;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if (!paths.every((path) => leaveOut(copy, path))) return undefined;
    const result = pipelineSchema.safeParse(copy);
    if (result.success) return { definition: result.data, codes: tellingCodes(result.data, broken), broken };
    paths = result.error.issues.flatMap((issue) => {
      const path = issue.path.map((segment) => (typeof segment === 'number' ? segment : String(segment)));
      return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path];
    });
  }
  return undefined;
};

const tellingCodes = (definition: PipelineDefinition, broken: readonly Path[]): ReadonlySet<ErrorCode> => {
  const touches = (root: string): boolean => broken.some(([first]) => first === root);
  const hasNameless = broken.some((path) => isStep(path) || isStepKey(path, 'id'));
  const hasUntied = broken.some(isTransition) || (!definition.flow?.transitions && broken.some(mayBeFlow));
  const unknown = new Set([...(hasNameless ? ABOUT_NAMES : []), ...(hasUntied ? ABOUT_TIES : [])]);
  const isDetailOnly = broken.every(isSettled);
  return new Set([
    ...ALWAYS_TELLING.filter((code) => !unknown.has(code)),
    ...((touches('flow') && !isDetailOnly) || hasNameless ? [] : ABOUT_FLOW),
    ...((touches('steps') || touches('flow')) && !isDetailOnly ? [] : ABOUT_STEPS),
    ...(touches('parameters') ? [] : ABOUT_PARAMETERS),
    ...(isDetailOnly ? ABOUT_TYPES : []),
  ]);
};

const SETTLED_KEYS: ReadonlySet<Path[number] | undefined> = new Set([
  'version',
  'description',
  'outputs',
  'hooks',
  'reporters',
  'exporters',
]);
const SETTLED_FLOW_KEYS: ReadonlySet<Path[number] | undefined> = new Set(['max_cost_usd', 'on_budget']);
const SETTLED_STEP_KEYS: ReadonlySet<Path[number] | undefined> = new Set([
  'name',
  'description',
  'retry',
  'cache',
  'concurrency',
  'cancel_rest',
  'max_depth',
]);

/** Whether only the value of a key is wrong that decides neither what runs nor what it gives: the rest means what it would mean anyway. */
const isSettled = ([root, place, key]: Path): boolean => {
  if (root === 'steps') return SETTLED_STEP_KEYS.has(key);
  return root === 'flow' ? SETTLED_FLOW_KEYS.has(place) : SETTLED_KEYS.has(root);
};

/** Whether a key of a transition says nothing of which steps it ties together. */
const isDetail = (key: Path[number] | undefined): boolean => key !== undefined && key !== 'from' && key !== 'to';

const isStep = (path: Path): boolean => path.length === 2 && path[0] === 'steps';
const isStepKey = (path: Path, key: string): boolean => path.length === 3 && path[0] === 'steps' && path[2] === key;
const isTransition = ([root, key, , end]: Path): boolean => root === 'flow' && key === 'transitions' && !isDetail(end);

/** Stands for the id of a step whose own is none, or for a step that a transition does not name. */
const PLACEHOLDER = 'unnamed_step_';

/** Stands for the type of a step that names none: nothing is known of it. */
const PLACEHOLDER_USES = 'unnamed.step';

/** Whether something that is broken, or that nobody knows, may have been meant to tie steps together. */
const mayBeFlow = ({ 0: root, length }: Path): boolean => length === 1 || (root === 'flow' && length === 2);

/** What takes the place of something that can't be left out without changing what the rest means. */
const placeholderFor = (path: Path): unknown => {
  const [root, place] = path;
  const id = `${PLACEHOLDER}${place}`;
  if (path.length === 1 && root === 'name') return 'unnamed';
  if (isStep(path)) return { id, uses: PLACEHOLDER_USES };
  if (isStepKey(path, 'id')) return id;
  if (isStepKey(path, 'uses')) return PLACEHOLDER_USES;
  if (path.length === 4 && isTransition(path)) return PLACEHOLDER;
  return path.length === 3 && isTransition(path) ? { from: PLACEHOLDER, to: PLACEHOLDER } : undefined;
};

/** Removes what is at a path, or what lacks it. False when that would leave too little. */
const leaveOut = (root: unknown, path: Path): boolean => {
  const parents: unknown[] = [root];
  for (const segment of path.slice(0, -1)) {
    const parent = parents.at(-1);
    if (typeof parent !== 'object' || parent === null) return true;
    parents.push((parent as Record<string | number, unknown>)[segment]);
  }
  const placeholder = placeholderFor(path);
  const last = path.at(-1);
  const owner = parents.at(-1);
  if (placeholder !== undefined && last !== undefined && typeof owner === 'object' && owner !== null) {
    return Reflect.set(owner, last, placeholder);
  }
  for (let depth = path.length - 1; depth >= 0; depth -= 1) {
    const key = path[depth];
    const parent = parents[depth];
    if (typeof key !== 'string' || typeof parent !== 'object' || parent === null) continue;
    // Without steps there is no pipeline; what stood within them may be gone already.
    if (depth === 0 && key === 'steps') return path.length > 1;
    // A list that lacks an item, or an object that lacks a key, is left out as a whole.
    if (Object.hasOwn(parent, key)) return Reflect.deleteProperty(parent, key);
  }
  return false;
};
