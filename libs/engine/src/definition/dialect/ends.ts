import type { Path } from '../diagnostic.ts';
import { STEP_ID_PATTERN } from '../schema.ts';
import { isRecord, type JsonRecord } from './record.ts';
import type { RewriteLog } from './rewrite-log.ts';

/** A place where paths end: no step in the older dialect. */
export type End = { readonly id: string; readonly path: Path };

const END = /^end(?:_|$)/i;
const FAILED_END = /fail|error/i;

/** The list of transitions and the key that it stands under. */
export const transitionListOf = ({
  paths,
  transitions,
}: JsonRecord): { readonly key: string; readonly list: unknown } =>
  Array.isArray(paths) && transitions === undefined
    ? { key: 'paths', list: paths }
    : { key: 'transitions', list: transitions };

/** Finds what transitions lead to without there being such a step: `end_with_success` and the like. */
export const findEnds = (flow: unknown, stepIds: ReadonlySet<string>): End[] => {
  const { key, list } = transitionListOf(isRecord(flow) ? flow : {});
  if (!Array.isArray(list)) return [];
  const ends = new Map<string, End>();
  for (const [index, transition] of list.entries()) {
    if (!isRecord(transition)) continue;
    const name = transition['to'] === undefined ? 'to_step' : 'to';
    const id = transition[name];
    if (typeof id !== 'string' || stepIds.has(id) || ends.has(id)) continue;
    if (END.test(id) && STEP_ID_PATTERN.test(id)) ends.set(id, { id, path: ['flow', key, index, name] });
  }
  return [...ends.values()];
};

/** The step that an end becomes. */
export const toEndStep = ({ id, path }: End, target: Path, log: RewriteLog): JsonRecord => {
  const isFailed = FAILED_END.test(id);
  log.place(target, path);
  log.rewritten(path, `The end '${id}' is a step that ${isFailed ? 'ends the run as failed' : 'does nothing'}.`);
  return isFailed ? { id, uses: 'core.end', with: { status: 'failed' } } : { id, uses: 'core.noop' };
};
