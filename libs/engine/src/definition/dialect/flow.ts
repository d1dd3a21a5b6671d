import type { Path } from '../diagnostic.ts';
import { STEP_ID_PATTERN } from '../schema.ts';
import { rewriteCondition } from './conditions.ts';
import { findClosingEdges } from './loops.ts';
import { isRecord, textOf, type JsonRecord } from './record.ts';
import type { Names } from './reference.ts';
import type { RewriteLog } from './rewrite-log.ts';

/** How often the older engine ran a loop when nothing was said. */
const DEFAULT_MAX_ITERATIONS = 100;
const HARMLESS_LOOP_KEYS: ReadonlySet<string> = new Set(['max_loop_time_seconds', 'iteration_delay_seconds']);
const DROPPED: ReadonlySet<string> = new Set(['description', 'name', 'label']);
const END = /^end(?:_|$)/i;
const FAILED_END = /fail|error/i;

export type FlowContext = {
  readonly names: Names;
  readonly log: RewriteLog;
  readonly enabledPlugins: ReadonlySet<string>;
};

export type RewrittenFlow = {
  readonly flow: JsonRecord;
  /** Steps that transitions lead to without naming one that exists: the older `end_…`. */
  readonly ends: readonly JsonRecord[];
};

/** Whether transitions are written in the older dialect. */
export const isOldFlow = (flow: unknown): boolean => {
  if (!isRecord(flow)) return false;
  const { paths, transitions } = flow;
  if (Array.isArray(paths) && transitions === undefined) return true;
  return Array.isArray(transitions) && transitions.some(isOldTransition);
};

const isOldTransition = (transition: unknown): boolean =>
  isRecord(transition) &&
  ((typeof transition['from_step'] === 'string' && typeof transition['to_step'] === 'string') ||
    (isRecord(transition['condition']) && isOldCondition(transition['condition'])));

const isOldCondition = ({ type, config }: JsonRecord): boolean =>
  isRecord(config) && (type === 'expression' || type === 'parameter' || type === 'threshold_condition');

/** Rewrites the flow of a document. `stepCount` says where added steps stand. */
export const rewriteFlow = (
  flow: JsonRecord,
  loopConfig: unknown,
  context: FlowContext & { readonly stepCount: number },
): RewrittenFlow => {
  const { log } = context;
  const { paths, loop_config: ownLoopConfig, ...rest } = flow;
  const key = Array.isArray(paths) && rest['transitions'] === undefined ? 'paths' : 'transitions';
  const written = flow[key];
  if (paths !== undefined && key !== 'paths')
    log.leftover(['flow', 'paths'], "The flow has both 'paths' and 'transitions'.");
  const kept = paths !== undefined && key !== 'paths' ? { ...rest, paths } : rest;
  if (!Array.isArray(written)) return { flow: kept, ends: [] };
  if (key === 'paths') {
    log.place(['flow', 'transitions'], ['flow', 'paths']);
    log.rewritten(['flow', 'paths'], "'paths' are 'transitions'; those that are always taken need no condition.");
  }
  const transitions = written.map((transition: unknown, index) =>
    isRecord(transition) ? rewriteTransition(transition, { key, index }, context) : transition,
  );
  const ends = addEnds(transitions, { key, context });
  const config =
    loopConfig === undefined
      ? { value: ownLoopConfig, path: ['flow', 'loop_config'] }
      : { value: loopConfig, path: ['loop_config'] };
  const looped = closeLoops({ transitions, start: startOf(rest), config, key }, log);
  if (config.value !== undefined) reportLoopConfig(config, log);
  return { flow: { ...kept, transitions: looped }, ends };
};

const startOf = ({ start_at: start }: JsonRecord): string[] =>
  (Array.isArray(start) ? start : [start]).filter((step) => typeof step === 'string');

type TransitionPlace = { readonly key: string; readonly index: number };

const rewriteTransition = (
  transition: JsonRecord,
  { key, index }: TransitionPlace,
  context: FlowContext,
): JsonRecord => {
  const { log } = context;
  const source: Path = ['flow', key, index];
  const target: Path = ['flow', 'transitions', index];
  const { from_step: fromStep, to_step: toStep, condition, ...rest } = transition;
  const ends = {
    ...(fromStep === undefined ? {} : { from: fromStep }),
    ...(toStep === undefined ? {} : { to: toStep }),
  };
  const renamed = Object.keys(ends);
  for (const name of renamed) log.place([...target, name], [...source, `${name}_step`]);
  if (renamed.length > 0)
    log.rewritten([...source, `${renamed[0]}_step`], "'from_step' and 'to_step' are 'from' and 'to'.");
  for (const name of Object.keys(rest).filter((item) => DROPPED.has(item)))
    log.rewritten([...source, name], `'${name}' of a transition is left out: it only describes.`);
  const kept = Object.fromEntries(Object.entries(rest).filter(([name]) => !DROPPED.has(name)));
  const places = { source: [...source, 'condition'], target: [...target, 'condition'] };
  const from = textOf(fromStep ?? kept['from']);
  const rewritten = rewriteCondition(condition, places, { ...context, from });
  if (rewritten.kind === 'always') return { ...ends, ...kept };
  if (rewritten.kind === 'condition') return { ...ends, ...kept, condition: rewritten.condition };
  if (rewritten.kind === 'unread') return { ...ends, ...kept, condition };
  log.place([...target, 'default'], places.source);
  log.rewritten(places.source, 'The transition is the default one.');
  return { ...ends, ...kept, default: true };
};

type Ends = { readonly key: string; readonly context: FlowContext & { readonly stepCount: number } };

/** `end_with_success` and the like are no steps in the older dialect: the path just ends there. */
const addEnds = (transitions: readonly unknown[], { key, context }: Ends): JsonRecord[] => {
  const { names, log, stepCount } = context;
  const ends = new Map<string, JsonRecord>();
  for (const [index, transition] of transitions.entries()) {
    const to = isRecord(transition) ? transition['to'] : undefined;
    if (typeof to !== 'string' || names.stepIds.has(to) || ends.has(to)) continue;
    if (!END.test(to) || !STEP_ID_PATTERN.test(to)) continue;
    const path: Path = ['flow', key, index, 'to'];
    const isFailed = FAILED_END.test(to);
    log.place(['steps', stepCount + ends.size], path);
    log.rewritten(path, `The end '${to}' is a step that ${isFailed ? 'ends the run as failed' : 'does nothing'}.`);
    ends.set(to, isFailed ? { id: to, uses: 'core.end', with: { status: 'failed' } } : { id: to, uses: 'core.noop' });
  }
  return [...ends.values()];
};

type LoopConfig = { readonly value: unknown; readonly path: Path };

type Looping = {
  readonly transitions: readonly unknown[];
  readonly start: readonly string[];
  readonly config: LoopConfig;
  readonly key: string;
};

const closeLoops = ({ transitions, start, config, key }: Looping, log: RewriteLog): unknown[] => {
  const edges = transitions.map((transition) => {
    const { from, to, loop }: JsonRecord = isRecord(transition) ? transition : {};
    return {
      from: textOf(from),
      to: textOf(to),
      isLoop: loop !== undefined || typeof from !== 'string' || typeof to !== 'string',
    };
  });
  const closing = new Set(findClosingEdges(edges, start));
  const written = isRecord(config.value) ? config.value['max_iterations'] : undefined;
  const maxIterations = written ?? DEFAULT_MAX_ITERATIONS;
  return transitions.map((transition, index) => {
    if (!closing.has(index) || !isRecord(transition)) return transition;
    const hint =
      written === undefined
        ? `${DEFAULT_MAX_ITERATIONS} is what the older engine took when nothing was said.`
        : undefined;
    log.rewritten(
      ['flow', key, index],
      `The transition closes a cycle: it is a loop of ${JSON.stringify(maxIterations)} iterations at most.`,
      hint,
    );
    if (written !== undefined) log.place(['flow', 'transitions', index, 'loop'], config.path);
    return { ...transition, loop: { max_iterations: maxIterations } };
  });
};

const reportLoopConfig = ({ value: config, path }: LoopConfig, log: RewriteLog): void => {
  log.rewritten(path, "'loop_config' is the 'loop' of the transitions that close a cycle.");
  if (!isRecord(config)) {
    log.leftover(path, "'loop_config' is an object.");
    return;
  }
  for (const key of Object.keys(config)) {
    if (key === 'max_iterations') continue;
    if (HARMLESS_LOOP_KEYS.has(key)) {
      log.lost(
        [...path, key],
        `'${key}' has no counterpart.`,
        "Bound the run with the flow's 'max_duration', or wait with a core.wait step.",
      );
    } else log.leftover([...path, key], `'${key}' of 'loop_config' is unknown.`);
  }
};
