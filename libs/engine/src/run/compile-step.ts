import { type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import { parseDuration } from '../definition/duration.ts';
import type {
  ForEachDefinition,
  PipelineDefinition,
  RetryDefinition,
  StageDefinition,
  StepDefinition,
} from '../definition/schema.ts';
import { parseUses, resolveUses } from '../definition/uses.ts';
import { compileExpression } from '../expression/expression.ts';
import { compileTemplate } from '../expression/template.ts';
import type {
  ChildReference,
  PlanCall,
  PlanMap,
  PlanRouter,
  PlanStage,
  PlanStep,
  RetryPolicy,
  StepKind,
} from './plan.ts';

const CORE_KINDS: Readonly<Record<string, StepKind>> = {
  'core.noop': 'noop',
  'core.wait': 'wait',
  'core.end': 'end',
  'core.fail': 'fail',
  'human.approval': 'approval',
};

/** How deep sub-pipelines nest when nothing says otherwise. */
export const MAX_SUBPIPELINE_DEPTH = 32;

/** What a step's place in the flow adds to it. */
export type StepRouting = Pick<
  PlanStep,
  'hasChoice' | 'hasTwins' | 'successRoute' | 'asksForRoute' | 'region' | 'cancels'
>;

export const compileStep = (step: StepDefinition, definition: PipelineDefinition, routing: StepRouting): PlanStep => {
  const uses = resolveUses(step.uses, definition.plugins);
  const child = childOf(uses, step.max_depth);
  return {
    id: step.id,
    kind: child === null ? (CORE_KINDS[step.uses] ?? 'task') : 'pipeline',
    uses,
    child,
    input: compileTemplate<JsonObject>(step.with ?? {}, { path: ['with'], allowsSecrets: true }),
    stages: compileStages(step, definition),
    maps: compileMaps(step.for_each),
    retry: step.retry === undefined ? null : compileRetry(step.retry),
    timeoutMs: optionalMs(step.timeout),
    maxDurationMs: optionalMs(step.max_duration),
    fallback: step.fallback === undefined ? null : { value: step.fallback },
    continuesOnError: step.on_error === 'continue',
    compensatesOnError: step.on_error === 'compensate',
    onUnknown: step.on_unknown ?? 'repeat',
    cache:
      step.cache === undefined ? null : { key: compileTemplate(step.cache.key), ttlMs: durationMs(step.cache.ttl) },
    concurrency:
      step.concurrency === undefined
        ? null
        : { key: compileTemplate(step.concurrency.key), limit: step.concurrency.limit ?? 1 },
    compensate: compileCompensation(step, definition),
    joinCount: joinCountOf(step.join),
    cancelsRest: step.cancel_rest === true,
    isExhaustive: step.exhaustive === true,
    router: compileRouter(step),
    ...routing,
  };
};

const joinCountOf = (join: StepDefinition['join']): number => {
  if (join === 'any') return 1;
  return typeof join === 'object' ? join.at_least : 0;
};

const childOf = (uses: string, maxDepth: number | undefined): ChildReference | null => {
  const parsed = parseUses(uses);
  return parsed?.kind === 'pipeline'
    ? { pipeline: parsed.name, range: parsed.range, maxDepth: maxDepth ?? MAX_SUBPIPELINE_DEPTH }
    : null;
};

const WORK_ONLY: readonly PlanStage[] = [{ kind: 'work' }];

/** Transforms come before validators, at the input as at the output. */
const compileStages = (step: StepDefinition, definition: PipelineDefinition): readonly PlanStage[] => {
  if (step.transform === undefined && step.validate === undefined) return WORK_ONLY;
  const compile = (kind: 'transform' | 'validator', stages: readonly StageDefinition[] = []) =>
    stages.map((stage, index) => ({
      kind,
      at: stage.at ?? 'output',
      part: `${kind === 'transform' ? 'transform' : 'validate'}/${index}`,
      uses: resolveUses(stage.uses, definition.plugins),
      config: compileTemplate<JsonObject>(stage.with ?? {}, { path: ['with'], allowsSecrets: true }),
    }));
  const around = [...compile('transform', step.transform), ...compile('validator', step.validate)];
  return [...around.filter(({ at }) => at === 'input'), ...WORK_ONLY, ...around.filter(({ at }) => at === 'output')];
};

const compileMaps = (forEach: ForEachDefinition | undefined): PlanMap[] => {
  const maps: PlanMap[] = [];
  for (let level = forEach; level !== undefined; level = level.for_each) {
    maps.push({
      items: compileTemplate(level.items),
      maxParallel: level.max_parallel ?? Number.POSITIVE_INFINITY,
      collectsErrors: level.on_item_error === 'collect',
      atLeast: level.at_least ?? null,
    });
  }
  return maps;
};

const compileCompensation = ({ compensate }: StepDefinition, definition: PipelineDefinition): PlanCall | null => {
  if (compensate === undefined) return null;
  const uses = resolveUses(compensate.uses, definition.plugins);
  return {
    uses,
    child: childOf(uses, undefined),
    input: compileTemplate<JsonObject>(compensate.with ?? {}, { path: ['with'], allowsSecrets: true }),
    retry: compensate.retry === undefined ? null : compileRetry(compensate.retry),
    timeoutMs: optionalMs(compensate.timeout),
  };
};

const compileRouter = ({ router = 'all_matches', adaptive }: StepDefinition): PlanRouter => {
  if (router !== 'adaptive') return { kind: router };
  if (adaptive === undefined) {
    throw new PlatformError({ code: 'IA_PIPELINE_ROUTER', message: 'An adaptive router needs a reward.' });
  }
  return {
    kind: router,
    reward: compileExpression(adaptive.reward),
    context: adaptive.context === undefined ? null : compileExpression(adaptive.context),
    exploration: adaptive.exploration ?? 0.1,
  };
};

/** Retry defaults: three attempts, one second doubling up to a minute (or the first delay, if that is longer), with jitter. */
const compileRetry = (retry: RetryDefinition): RetryPolicy => {
  const initialDelayMs = retry.initial_delay === undefined ? 1_000 : durationMs(retry.initial_delay);
  return {
    maxAttempts: retry.max_attempts ?? 3,
    initialDelayMs,
    maxDelayMs: retry.max_delay === undefined ? Math.max(60_000, initialDelayMs) : durationMs(retry.max_delay),
    factor: retry.factor ?? 2,
    jitter: retry.jitter ?? true,
    on: retry.on ?? null,
  };
};

export const optionalMs = (text: string | undefined): number | null => (text === undefined ? null : durationMs(text));

const durationMs = (text: string): number => {
  const parsed = parseDuration(text);
  if (parsed !== undefined) return parsed;
  throw new PlatformError({ code: 'IA_PIPELINE_DURATION', message: `'${text}' is no duration.` });
};
