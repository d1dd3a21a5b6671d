import { type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import { isDefaultTransition } from '../definition/default-transition.ts';
import {
  HOOK_EVENTS,
  type HookEvent,
  type PipelineDefinition,
  type StepDefinition,
  type TransitionDefinition,
} from '../definition/schema.ts';
import { takesAllMatches } from '../definition/takes-all-matches.ts';
import { resolveUses } from '../definition/uses.ts';
import { compileCondition } from '../expression/condition.ts';
import { compileTemplate } from '../expression/template.ts';
import { findLoopRegions, type LoopRegions } from '../graph/loop-regions.ts';
import { sortSteps } from '../graph/sort-steps.ts';
import { compileStep, optionalMs, type StepRouting } from './compile-step.ts';
import type { Plan, PlanFeed, PlanHook, PlanTransition, Route } from './plan.ts';

/**
 * Makes a definition ready to run. Takes definitions that `validatePipeline` found no errors in.
 * @throws PlatformError with the first defect when the definition was not validated
 */
export const compilePipeline = (definition: PipelineDefinition): Plan => {
  const stepIds = definition.steps.map((step) => step.id);
  const stepIndexes = new Map(stepIds.map((id, index) => [id, index]));
  const edges = (definition.flow?.transitions ?? []).map((item) => ({
    item,
    from: indexOf(item.from, stepIndexes),
    to: indexOf(item.to, stepIndexes),
    isLoop: item.loop !== undefined,
  }));
  const outgoing: number[][] = stepIds.map(() => []);
  const incoming: number[][] = stepIds.map(() => []);
  for (const [index, { from, to, isLoop }] of edges.entries()) {
    outgoing[from]?.push(index);
    if (!isLoop) incoming[to]?.push(index);
  }
  const loops = edges.some(({ isLoop }) => isLoop)
    ? loopsOf({ stepCount: stepIds.length, edges, outgoing, incoming })
    : null;
  const exits = exitsOf(edges.length, loops);
  const transitions = edges.map((edge, index) =>
    compileTransition(edge, {
      loops,
      exit: exits?.[index] ?? -1,
      isRouted: !takesAllMatches(definition.steps[edge.from]),
      plugins: definition.plugins,
    }),
  );
  const hasHooks = (definition.hooks?.length ?? 0) > 0;
  return {
    definition,
    stepIds,
    stepIndexes,
    steps: definition.steps.map((step, index) => {
      const own = (outgoing[index] ?? []).flatMap((item) => transitions[item] ?? []);
      return compileStep(step, definition, {
        ...routingOf(own, stepIds, step),
        region: loops?.regionOf[index] ?? -1,
        cancels: (step.cancels ?? []).map((id) => indexOf(id, stepIndexes)),
      });
    }),
    transitions,
    outgoing,
    incoming,
    starts: startsOf(definition, stepIndexes, incoming),
    regions: loops?.regions ?? [],
    regionUnits: unitsOf(loops),
    maxDurationMs: optionalMs(definition.flow?.max_duration),
    maxCostUsd: definition.flow?.max_cost_usd ?? null,
    failsOnBudget: definition.flow?.on_budget === 'fail',
    compensatesOnFailure: definition.flow?.on_failure === 'compensate',
    hooks: hasHooks ? compileHooks(definition) : [],
    reporters: compileFeeds(definition.reporters, definition),
    exporters: compileFeeds(definition.exporters, definition),
    outputs: compileTemplate<JsonObject>(definition.outputs ?? {}, { path: ['outputs'] }),
  };
};

const compileFeeds = (feeds: PipelineDefinition['reporters'], { plugins }: PipelineDefinition): readonly PlanFeed[] =>
  (feeds ?? []).map(({ uses, with: config = {} }) => ({
    uses: resolveUses(uses, plugins),
    config: compileTemplate<JsonObject>(config, { path: ['with'], allowsSecrets: true }),
  }));

const startsOf = (
  definition: PipelineDefinition,
  stepIndexes: ReadonlyMap<string, number>,
  incoming: readonly (readonly number[])[],
): number[] => {
  const startAt = definition.flow?.start_at;
  if (startAt === undefined) return [...incoming.keys()].filter((index) => incoming[index]?.length === 0);
  const ids = typeof startAt === 'string' ? [startAt] : startAt;
  return [...new Set(ids)].map((id) => indexOf(id, stepIndexes));
};

const indexOf = (id: string, stepIndexes: ReadonlyMap<string, number>): number => {
  const index = stepIndexes.get(id);
  if (index !== undefined) return index;
  throw new PlatformError({ code: 'IA_PIPELINE_UNKNOWN_STEP', message: `There is no step '${id}'.` });
};

type Edge = {
  readonly item: TransitionDefinition;
  readonly from: number;
  readonly to: number;
  readonly isLoop: boolean;
};
type FlowGraph = {
  readonly stepCount: number;
  readonly edges: readonly Edge[];
  readonly outgoing: readonly (readonly number[])[];
  readonly incoming: readonly (readonly number[])[];
};

const loopsOf = ({ stepCount, edges, outgoing, incoming }: FlowGraph): LoopRegions => {
  const { position } = sortSteps({ stepCount, transitions: edges, outgoing });
  const loops = findLoopRegions({ stepCount, transitions: edges, outgoing, incoming, position });
  if (loops.problems.length === 0) return loops;
  throw new PlatformError({
    code: 'IA_PIPELINE_LOOP',
    message: 'The loops of the pipeline overlap, or close no cycle.',
  });
};

/** The loop that each transition leaves; undefined without loops. */
const exitsOf = (count: number, loops: LoopRegions | null): Int32Array | undefined => {
  if (loops === null) return undefined;
  const exits = new Int32Array(count).fill(-1);
  for (const [region, { exits: own }] of loops.regions.entries()) for (const index of own) exits[index] = region;
  return exits;
};

const unitsOf = (loops: LoopRegions | null): Int32Array => {
  const units = new Int32Array(loops?.regions.length ?? 0);
  for (const region of loops?.regionOf ?? []) if (region !== -1) units[region] = (units[region] ?? 0) + 1;
  for (const { parent } of loops?.regions ?? []) if (parent !== -1) units[parent] = (units[parent] ?? 0) + 1;
  return units;
};

type TransitionSurroundings = {
  readonly loops: LoopRegions | null;
  readonly exit: number;
  readonly isRouted: boolean;
  readonly plugins: PipelineDefinition['plugins'];
};

const compileTransition = (
  { item, from, to }: Edge,
  { loops, exit, isRouted, plugins }: TransitionSurroundings,
): PlanTransition => {
  const isDefault = isDefaultTransition(item);
  const condition = item.condition === undefined || isDefault ? null : compileCondition(item.condition, plugins);
  const isOnError = item.on === 'error';
  return {
    from,
    to,
    condition,
    isDefault,
    isOnError,
    loop:
      item.loop === undefined
        ? null
        : {
            region: loops?.regions.findIndex(({ header }) => header === to) ?? -1,
            maxIterations: item.loop.max_iterations,
            failsWhenExhausted: item.loop.on_exhausted === 'fail',
          },
    exit,
    isDeferred: exit !== -1 && condition === null && !isDefault && !isOnError && !isRouted,
  };
};

const routingOf = (
  outgoing: readonly PlanTransition[],
  stepIds: readonly string[],
  step: StepDefinition,
): Pick<StepRouting, 'hasChoice' | 'hasTwins' | 'successRoute' | 'asksForRoute'> => {
  const hasTwins = new Set(outgoing.map(({ to }) => to)).size < outgoing.length;
  return {
    hasTwins,
    hasChoice:
      outgoing.length > 1 ||
      outgoing.some(({ condition, isDefault, loop }) => condition !== null || isDefault || loop !== null),
    successRoute: hasTwins || !takesAllMatches(step) ? null : successRouteOf(outgoing, stepIds),
    asksForRoute: step.router === 'adaptive' || outgoing.some(({ condition }) => (condition?.plugins.length ?? 0) > 0),
  };
};

const successRouteOf = (outgoing: readonly PlanTransition[], stepIds: readonly string[]): Route | null => {
  const onSuccess = outgoing.filter(({ isOnError }) => !isOnError);
  const isDecided = onSuccess.every(
    ({ condition, isDefault, loop }) => condition === null && !isDefault && loop === null,
  );
  if (!isDecided || onSuccess.length === 0) return null;
  const namesOf = (items: readonly PlanTransition[]): string[] => items.map(({ to }) => stepIds[to] ?? '');
  return { taken: namesOf(onSuccess), dead: namesOf(outgoing.filter(({ isOnError }) => isOnError)) };
};

const DEFAULT_HOOK_EVENTS: readonly HookEvent[] = HOOK_EVENTS.filter((event) =>
  ['run_succeeded', 'run_failed', 'run_canceled'].includes(event),
);

const compileHooks = (definition: PipelineDefinition): PlanHook[] =>
  (definition.hooks ?? []).map((hook) => ({
    uses: resolveUses(hook.uses, definition.plugins),
    config: compileTemplate<JsonObject>(hook.with ?? {}, { path: ['with'], allowsSecrets: true }),
    on: new Set(hook.on ?? DEFAULT_HOOK_EVENTS),
  }));
