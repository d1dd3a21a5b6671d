import type { Origin } from '../diagnostic.ts';
import { isNestedTooDeep } from '../nesting.ts';
import { isHumanStep } from './approvals.ts';
import { findEnds, toEndStep, type End } from './ends.ts';
import { readErrorHandling } from './error-handling.ts';
import { isOldFlow, rewriteFlow } from './flow.ts';
import { readLoopConfig } from './loop-config.ts';
import { declareInputs, isParameterList, parameterNamesOf, rewriteParameters } from './parameters.ts';
import { isRecord, textOf, type JsonRecord } from './record.ts';
import type { Names } from './reference.ts';
import { RewriteLog, type Rewrite } from './rewrite-log.ts';
import { isOldStep, rewriteStep, toRouter } from './steps.ts';
import { rewriteTemplates } from './templates.ts';

/** A definition of the old dialect in the canonical one. */
export type NormalizedDialect = {
  /** The document in the language's own form: the very same value when it was in it already. */
  readonly value: unknown;
  /** What was done, with places in the document as it was written. */
  readonly rewrites: readonly Rewrite[];
  readonly origin: Origin;
};

/** Keys that only describe the pipeline. */
const DROPPED: ReadonlySet<string> = new Set(['metadata', 'tags', 'author', 'category', 'license', 'parallel']);

/**
 * Reads the dialect of the platform's Python predecessor (`step_class`, `paths`, lists of parameters, `{steps.a.output.b}`) into the
 * language's own form. Never throws; what it can't rewrite stays as it is and is reported.
 */
export const normalizeDialect = (value: unknown): NormalizedDialect => {
  const log = new RewriteLog();
  const isOld = isRecord(value) && isOldDialect(value) && !isNestedTooDeep(value);
  const normalized = isOld ? rewriteDocument(value, log) : value;
  return { value: normalized, rewrites: log.rewrites, origin: { toSource: log.toSource, isReported: log.isLeftover } };
};

/** Only by what no typing error makes of the language's own form. */
const isOldDialect = ({ steps, flow, parameters, loop_config: loopConfig, ...rest }: JsonRecord): boolean =>
  (Array.isArray(steps) && steps.some((step) => isOldStep(step))) ||
  isOldFlow(flow, enabledPluginsOf(rest)) ||
  isParameterList(parameters) ||
  isRecord(loopConfig);

const rewriteDocument = (document: JsonRecord, log: RewriteLog): JsonRecord => {
  const {
    steps,
    flow,
    parameters,
    loop_config: loopConfig,
    outputs,
    error_handling: errorHandling,
    ...rest
  } = document;
  const stepList: readonly unknown[] = Array.isArray(steps) ? steps : [];
  const ends = findEnds(flow, idsOf(stepList));
  const names = namesOf(stepList, parameters, ends);
  const isHandled = errorHandling !== undefined && stepList.some((step) => isOldStep(step));
  const handling = isHandled ? readErrorHandling(errorHandling, ['error_handling'], log) : undefined;
  const rewritten = stepList.map((step, index) => rewriteStep(step, index, { names, log, defaults: handling ?? {} }));
  const loops = isRecord(flow) ? readLoopConfig(loopConfig, ['loop_config'], log) : undefined;
  const newFlow = isRecord(flow)
    ? rewriteFlow(flow, loops, { names, log, enabledPlugins: enabledPluginsOf(rest) })
    : flow;
  const endSteps = ends.map((end, index) => toEndStep(end, ['steps', stepList.length + index], log));
  const routed = isRecord(newFlow) ? route(newFlow, rewritten, log) : { flow: newFlow, steps: rewritten };
  const unread = {
    loop_config: loops === undefined ? loopConfig : loops.rest,
    ...(handling === undefined ? { error_handling: errorHandling } : {}),
  };
  const newOutputs = rewriteTemplates(outputs, ['outputs'], { names, log });
  const newParameters = declareInputs(rewriteParameters(parameters, log), names.inputsRead, log);
  return withoutUndefined({
    ...rewriteHead(rest, log),
    parameters: newParameters,
    steps: Array.isArray(steps) ? [...routed.steps, ...endSteps] : steps,
    flow: routed.flow,
    outputs: newOutputs,
    ...unread,
  });
};

const withoutUndefined = (record: JsonRecord): JsonRecord =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));

const idsOf = (steps: readonly unknown[]): Set<string> =>
  new Set(steps.map((step) => (isRecord(step) ? step['id'] : undefined)).filter((id) => typeof id === 'string'));

const namesOf = (steps: readonly unknown[], parameters: unknown, ends: readonly End[]): Names => ({
  stepIds: new Set([...idsOf(steps), ...ends.map(({ id }) => id)]),
  approvalIds: idsOf(steps.filter((step) => isRecord(step) && isHumanStep(step))),
  parameterNames: new Set(parameterNamesOf(parameters)),
  inputsRead: new Set(),
});

const enabledPluginsOf = ({ plugin_config: config }: JsonRecord): ReadonlySet<string> => {
  const enabled = isRecord(config) ? config['enabled_plugins'] : undefined;
  return new Set(Array.isArray(enabled) ? enabled.filter((name) => typeof name === 'string') : []);
};

/** The keys that stand beside steps and flow. */
const rewriteHead = (head: JsonRecord, log: RewriteLog): JsonRecord => {
  for (const [key, value] of Object.entries(head)) if (DROPPED.has(key)) log.dropped([key], value);
  const kept = Object.entries(head).filter(([key]) => !DROPPED.has(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, key === 'version' ? rewriteVersion(value, log) : value]));
};

const rewriteVersion = (version: unknown, log: RewriteLog): unknown => {
  const parts = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?$/.exec(textOf(version));
  if (parts === null) return version;
  const full = parts
    .slice(1)
    .map((part: string | undefined) => (part ?? '0').replace(/^0+(?=\d)/, ''))
    .join('.');
  if (full !== version) log.rewritten(['version'], `The version is written '${full}'.`);
  return full;
};

type Routed = { readonly flow: JsonRecord; readonly steps: readonly unknown[] };

/** A routing for the whole flow becomes the router of each step that has several transitions. */
const route = (flow: JsonRecord, steps: readonly unknown[], log: RewriteLog): Routed => {
  const { routing, parallel, ...rest } = flow;
  if (parallel !== undefined) log.dropped(['flow', 'parallel'], parallel);
  if (routing === undefined) return { flow: rest, steps };
  const router = toRouter(routing);
  if (router === undefined) {
    log.leftover(['flow', 'routing'], 'This routing has no counterpart.');
    return { flow: { ...rest, routing }, steps };
  }
  log.rewritten(['flow', 'routing'], `The routing is the 'router' of each step with several transitions.`);
  const counts = new Map<unknown, number>();
  for (const transition of Array.isArray(rest['transitions']) ? (rest['transitions'] as readonly unknown[]) : []) {
    if (isRecord(transition)) counts.set(transition['from'], (counts.get(transition['from']) ?? 0) + 1);
  }
  const routed = steps.map((step) =>
    isRecord(step) && step['router'] === undefined && (counts.get(step['id']) ?? 0) > 1 ? { ...step, router } : step,
  );
  return { flow: rest, steps: routed };
};
