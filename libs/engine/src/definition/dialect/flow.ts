import type { Path } from '../diagnostic.ts';
import { rewriteCondition } from './conditions.ts';
import { transitionListOf } from './ends.ts';
import type { LoopConfig } from './loop-config.ts';
import { findClosingEdges } from './loops.ts';
import { isRecord, textOf, type JsonRecord } from './record.ts';
import type { Names } from './reference.ts';
import type { RewriteLog } from './rewrite-log.ts';

/** How often the older engine ran a loop when nothing was said. */
const DEFAULT_MAX_ITERATIONS = 100;
const DROPPED: ReadonlySet<string> = new Set(['description', 'name', 'label']);

export type FlowContext = {
  readonly names: Names;
  readonly log: RewriteLog;
  readonly enabledPlugins: ReadonlySet<string>;
};

/** Whether transitions are written in the older dialect. */
export const isOldFlow = (flow: unknown, enabledPlugins: ReadonlySet<string>): boolean => {
  if (!isRecord(flow)) return false;
  const { paths, transitions } = flow;
  if (Array.isArray(paths) && transitions === undefined) return true;
  return Array.isArray(transitions) && transitions.some((transition) => isOldTransition(transition, enabledPlugins));
};

const isOldTransition = (transition: unknown, enabledPlugins: ReadonlySet<string>): boolean =>
  isRecord(transition) &&
  ((typeof transition['from_step'] === 'string' && typeof transition['to_step'] === 'string') ||
    (isRecord(transition['condition']) && isOldCondition(transition['condition'], enabledPlugins)));

const isOldCondition = ({ type, plugin, config }: JsonRecord, enabledPlugins: ReadonlySet<string>): boolean =>
  (type === 'plugin' && enabledPlugins.has(textOf(plugin))) ||
  (isRecord(config) && (type === 'expression' || type === 'parameter' || type === 'threshold_condition'));

/** Rewrites the flow of a document. */
export const rewriteFlow = (flow: JsonRecord, loopConfig: LoopConfig | undefined, context: FlowContext): JsonRecord => {
  const { log } = context;
  const { paths, ...rest } = flow;
  const { key, list } = transitionListOf(flow);
  const isAmbiguous = paths !== undefined && key !== 'paths';
  if (isAmbiguous) log.leftover(['flow', 'paths'], "The flow has both 'paths' and 'transitions'.");
  const kept = isAmbiguous ? { ...rest, paths } : rest;
  if (!Array.isArray(list)) return kept;
  if (key === 'paths') {
    log.place(['flow', 'transitions'], ['flow', 'paths']);
    log.rewritten(['flow', 'paths'], "'paths' are 'transitions'; those that are always taken need no condition.");
  }
  const transitions = list.map((transition: unknown, index) =>
    isRecord(transition) ? rewriteTransition(transition, { key, index }, context) : transition,
  );
  return { ...kept, transitions: closeLoops({ transitions, start: startOf(rest), loopConfig, key }, log) };
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
  const { condition, ...named } = transition;
  const renamed = ['from', 'to'].filter((name) => named[name] === undefined && named[`${name}_step`] !== undefined);
  const ends = Object.fromEntries(renamed.map((name) => [name, named[`${name}_step`]]));
  const rest = Object.entries(named).filter(([name]) => !renamed.some((end) => name === `${end}_step`));
  for (const name of renamed) log.place([...target, name], [...source, `${name}_step`]);
  if (renamed.length > 0)
    log.rewritten([...source, `${renamed[0]}_step`], "'from_step' and 'to_step' are 'from' and 'to'.");
  for (const [name] of rest.filter(([item]) => DROPPED.has(item)))
    log.rewritten([...source, name], `'${name}' of a transition is left out: it only describes.`);
  const kept: JsonRecord = Object.fromEntries(rest.filter(([name]) => !DROPPED.has(name)));
  const places = { source: [...source, 'condition'], target: [...target, 'condition'] };
  const from = textOf(ends['from'] ?? kept['from']);
  const rewritten = rewriteCondition(condition, places, { ...context, from });
  if (rewritten.kind === 'always') return { ...ends, ...kept };
  if (rewritten.kind === 'condition') return { ...ends, ...kept, condition: rewritten.condition };
  if (rewritten.kind === 'unread') return { ...ends, ...kept, condition };
  const isDefault = rewritten.kind === 'default';
  log.place([...target, isDefault ? 'default' : 'on'], places.source);
  log.rewritten(
    places.source,
    isDefault ? 'The transition is the default one.' : 'The transition is taken on an error.',
  );
  return { ...ends, ...kept, ...(isDefault ? { default: true } : { on: 'error' }) };
};

type Looping = {
  readonly transitions: readonly unknown[];
  readonly start: readonly string[];
  readonly loopConfig: LoopConfig | undefined;
  readonly key: string;
};

const closeLoops = ({ transitions, start, loopConfig, key }: Looping, log: RewriteLog): unknown[] => {
  const edges = transitions.map((transition) => {
    const { from, to, loop }: JsonRecord = isRecord(transition) ? transition : {};
    const isLoop = loop !== undefined || typeof from !== 'string' || typeof to !== 'string';
    return { from: textOf(from), to: textOf(to), isLoop };
  });
  const closing = new Set(findClosingEdges(edges, start));
  const maxIterations = loopConfig?.maxIterations ?? DEFAULT_MAX_ITERATIONS;
  const hint =
    loopConfig?.maxIterations === undefined
      ? `${DEFAULT_MAX_ITERATIONS} is what the older engine took when nothing was said.`
      : undefined;
  return transitions.map((transition, index) => {
    if (!closing.has(index) || !isRecord(transition)) return transition;
    const message = `The transition closes a cycle: it is a loop of ${textOf(maxIterations)} iterations at most.`;
    log.rewritten(['flow', key, index], message, hint);
    if (loopConfig !== undefined) log.place(['flow', 'transitions', index, 'loop'], loopConfig.path);
    return { ...transition, loop: { max_iterations: maxIterations } };
  });
};
