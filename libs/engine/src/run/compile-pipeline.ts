import { type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import { isDefaultTransition } from '../definition/default-transition.ts';
import { parseDuration } from '../definition/duration.ts';
import type {
  PipelineDefinition,
  RetryDefinition,
  StepDefinition,
  TransitionDefinition,
} from '../definition/schema.ts';
import { resolveUses } from '../definition/uses.ts';
import { compileCondition } from '../expression/condition.ts';
import { compileTemplate } from '../expression/template.ts';
import type { Plan, PlanStep, PlanTransition, RetryPolicy, Route, StepKind } from './plan.ts';

const CORE_KINDS: Readonly<Record<string, StepKind>> = {
  'core.noop': 'noop',
  'core.wait': 'wait',
  'core.end': 'end',
  'core.fail': 'fail',
};

/**
 * Makes a definition ready to run. Takes definitions that `validatePipeline` found no errors in.
 * @throws PlatformError with the first defect when the definition was not validated
 */
export const compilePipeline = (definition: PipelineDefinition): Plan => {
  const stepIds = definition.steps.map((step) => step.id);
  const stepIndexes = new Map(stepIds.map((id, index) => [id, index]));
  const transitions = (definition.flow?.transitions ?? []).map((item) => compileTransition(item, stepIndexes));
  const outgoing: number[][] = stepIds.map(() => []);
  const incoming: number[][] = stepIds.map(() => []);
  for (const [index, { from, to }] of transitions.entries()) {
    outgoing[from]?.push(index);
    incoming[to]?.push(index);
  }
  const maxDuration = definition.flow?.max_duration;
  return {
    definition,
    stepIds,
    stepIndexes,
    steps: definition.steps.map((step, index) => {
      const own = (outgoing[index] ?? []).flatMap((item) => transitions[item] ?? []);
      return compileStep(step, definition, {
        hasChoice: hasChoice(own),
        successRoute: successRouteOf(step, own, stepIds),
      });
    }),
    transitions,
    outgoing,
    incoming,
    starts: startsOf(definition, stepIndexes, incoming),
    maxDurationMs: maxDuration === undefined ? null : durationMs(maxDuration),
    outputs: compileTemplate<JsonObject>(definition.outputs ?? {}, ['outputs']),
  };
};

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

const compileTransition = (item: TransitionDefinition, stepIndexes: ReadonlyMap<string, number>): PlanTransition => {
  const isDefault = isDefaultTransition(item);
  return {
    from: indexOf(item.from, stepIndexes),
    to: indexOf(item.to, stepIndexes),
    condition: item.condition === undefined || isDefault ? null : compileCondition(item.condition),
    isDefault,
    isOnError: item.on === 'error',
  };
};

const hasChoice = (outgoing: readonly PlanTransition[]): boolean =>
  outgoing.length > 1 || outgoing.some(({ condition, isDefault }) => condition !== null || isDefault);

const successRouteOf = (
  step: StepDefinition,
  outgoing: readonly PlanTransition[],
  stepIds: readonly string[],
): Route | null => {
  const onSuccess = outgoing.filter(({ isOnError }) => !isOnError);
  const isDecided = onSuccess.every(({ condition, isDefault }) => condition === null && !isDefault);
  if (!isDecided || onSuccess.length === 0 || step.router === 'first_match') return null;
  const namesOf = (items: readonly PlanTransition[]): string[] => items.map(({ to }) => stepIds[to] ?? '');
  return { taken: namesOf(onSuccess), dead: namesOf(outgoing.filter(({ isOnError }) => isOnError)) };
};

const compileStep = (
  step: StepDefinition,
  definition: PipelineDefinition,
  routing: Pick<PlanStep, 'hasChoice' | 'successRoute'>,
): PlanStep => ({
  id: step.id,
  kind: CORE_KINDS[step.uses] ?? 'task',
  uses: resolveUses(step.uses, definition.plugins),
  input: compileTemplate<JsonObject>(step.with ?? {}, ['with']),
  retry: step.retry === undefined ? null : compileRetry(step.retry),
  timeoutMs: step.timeout === undefined ? null : durationMs(step.timeout),
  fallback: step.fallback === undefined ? null : { value: step.fallback },
  continuesOnError: step.on_error === 'continue',
  joinCount: joinCountOf(step.join),
  cancelsRest: step.cancel_rest === true,
  isExhaustive: step.exhaustive === true,
  takesFirstMatch: step.router === 'first_match',
  ...routing,
});

const joinCountOf = (join: StepDefinition['join']): number => {
  if (join === 'any') return 1;
  return typeof join === 'object' ? join.at_least : 0;
};

/** Retry defaults: three attempts, one second doubling up to a minute, with jitter. */
const compileRetry = (retry: RetryDefinition): RetryPolicy => ({
  maxAttempts: retry.max_attempts ?? 3,
  initialDelayMs: retry.initial_delay === undefined ? 1_000 : durationMs(retry.initial_delay),
  maxDelayMs: retry.max_delay === undefined ? 60_000 : durationMs(retry.max_delay),
  factor: retry.factor ?? 2,
  jitter: retry.jitter ?? true,
  on: retry.on ?? null,
});

const durationMs = (text: string): number => {
  const parsed = parseDuration(text);
  if (parsed !== undefined) return parsed;
  throw new PlatformError({ code: 'IA_PIPELINE_DURATION', message: `'${text}' is no duration.` });
};
