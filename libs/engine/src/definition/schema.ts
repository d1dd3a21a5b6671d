import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

/** Names that would reach into an object's prototype. */
export const FORBIDDEN_IDS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

export const STEP_ID_PATTERN = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

/** One line that people can read: a visible character, no control characters, no halves of surrogate pairs. */
const NAME_PATTERN = /^(?=.*\S)[^\p{Cc}\p{Cs}]+$/u;

/** Semantic Versioning 2.0.0, with numbers that are exact as JavaScript reads them. */
const VERSION_PATTERN =
  /^(?:0|[1-9]\d{0,14})\.(?:0|[1-9]\d{0,14})\.(?:0|[1-9]\d{0,14})(?:-(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

const stepId = z
  .string()
  .regex(STEP_ID_PATTERN, 'must be 1 to 64 letters, digits, _ or -, and start with a letter or _')
  .refine((id) => !FORBIDDEN_IDS.has(id), 'is a reserved name');

const json: z.ZodType<Json> = z.any();
const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), z.any());
const duration = z.string().meta({ description: 'A duration: 200ms, 30s, 1h30m, or ISO 8601 such as P2D.' });
const expression = z.string().max(4_096);
const uses = z.string().min(1).max(256);
const template = z.string().min(1).max(4_096);

export const CONDITION_OPERATORS = [
  'equals',
  'not_equals',
  'greater_than',
  'greater_or_equal',
  'less_than',
  'less_or_equal',
  'contains',
  'not_contains',
  'starts_with',
  'ends_with',
  'in',
  'not_in',
  'exists',
  'not_exists',
  'matches',
] as const;
export type ConditionOperator = (typeof CONDITION_OPERATORS)[number];

/** A condition as data instead of an expression; those of `all` and `any` nest without a bound of their own. */
export type ObjectCondition =
  | { readonly type: 'always' }
  | { readonly type: 'default' }
  | {
      readonly type: 'expression';
      readonly source: string;
      readonly operator: ConditionOperator;
      readonly value?: Json | undefined;
    }
  | {
      readonly type: 'parameter';
      readonly name: string;
      readonly operator?: ConditionOperator | undefined;
      readonly value?: Json | undefined;
    }
  | { readonly type: 'plugin'; readonly plugin: string; readonly config?: JsonObject | undefined }
  | { readonly type: 'all' | 'any'; readonly conditions: readonly ObjectCondition[] }
  | { readonly type: 'not'; readonly condition: ObjectCondition };

const operator = z.enum(CONDITION_OPERATORS);

const objectCondition: z.ZodType<ObjectCondition> = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('always') }),
    z.strictObject({ type: z.literal('default') }),
    z.strictObject({ type: z.literal('expression'), source: expression, operator, value: json.optional() }),
    z.strictObject({
      type: z.literal('parameter'),
      name: z.string(),
      operator: operator.optional(),
      value: json.optional(),
    }),
    z.strictObject({ type: z.literal('plugin'), plugin: uses, config: jsonObject.optional() }),
    z.strictObject({ type: z.enum(['all', 'any']), conditions: z.array(objectCondition).min(1) }),
    z.strictObject({ type: z.literal('not'), condition: objectCondition }),
  ]),
);

const retry = z.strictObject({
  max_attempts: z.int().min(1).max(100).optional(),
  initial_delay: duration.optional(),
  max_delay: duration.optional(),
  factor: z.number().min(1).max(100).optional(),
  jitter: z.boolean().optional(),
  on: z.array(z.string()).min(1).optional(),
});

/** When a validator or a transform looks: before the work, at the step's input, or after it, at its output. */
const at = z.enum(['input', 'output']);

const stage = z.strictObject({ uses, with: jsonObject.optional(), at: at.optional() });

export type ForEachDefinition = {
  readonly items: string | readonly Json[];
  readonly max_parallel?: number | undefined;
  readonly on_item_error?: 'fail' | 'collect' | undefined;
  /** Succeeds as soon as that many items have; the others are canceled. */
  readonly at_least?: number | undefined;
  /** Maps the items of each item; `item` and `index` are the innermost. */
  readonly for_each?: ForEachDefinition | undefined;
};

const forEach: z.ZodType<ForEachDefinition> = z.lazy(() =>
  z.strictObject({
    items: z.union([template, z.array(json)]),
    max_parallel: z.int().min(1).max(10_000).optional(),
    on_item_error: z.enum(['fail', 'collect']).optional(),
    at_least: z.int().min(1).optional(),
    for_each: forEach.optional(),
  }),
);

const step = z.strictObject({
  id: stepId,
  name: z.string().optional(),
  description: z.string().optional(),
  uses,
  with: jsonObject.optional(),
  for_each: forEach.optional(),
  retry: retry.optional(),
  timeout: duration.optional(),
  max_duration: duration.optional(),
  fallback: json.optional(),
  on_error: z.enum(['fail', 'continue', 'compensate']).optional(),
  on_unknown: z
    .enum(['repeat', 'ask', 'fail'])
    .meta({ description: 'What happens when an attempt was sent and nobody knows what became of it.' })
    .optional(),
  transform: z.array(stage).min(1).optional(),
  validate: z.array(stage).min(1).optional(),
  cache: z.strictObject({ key: template, ttl: duration }).optional(),
  concurrency: z.strictObject({ key: template, limit: z.int().min(1).max(10_000).optional() }).optional(),
  compensate: z
    .strictObject({ uses, with: jsonObject.optional(), retry: retry.optional(), timeout: duration.optional() })
    .optional(),
  join: z.union([z.enum(['all', 'any']), z.strictObject({ at_least: z.int().min(1) })]).optional(),
  cancel_rest: z.boolean().optional(),
  cancels: z.array(z.string()).min(1).optional(),
  exhaustive: z.boolean().optional(),
  router: z.enum(['all_matches', 'first_match', 'adaptive']).optional(),
  adaptive: z
    .strictObject({
      reward: expression,
      context: expression.optional(),
      exploration: z.number().min(0).max(1).optional(),
    })
    .optional(),
  max_depth: z.int().min(1).max(32).optional(),
});

const loop = z.strictObject({
  max_iterations: z.int().min(1).max(1_000_000),
  on_exhausted: z.enum(['continue', 'fail']).optional(),
});

const transition = z.strictObject({
  from: z.string(),
  to: z.string(),
  condition: z.union([expression, objectCondition]).optional(),
  default: z.boolean().optional(),
  on: z.enum(['success', 'error']).optional(),
  loop: loop.optional(),
});

const flow = z.strictObject({
  start_at: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
  transitions: z.array(transition).optional(),
  on_failure: z.enum(['fail', 'compensate']).optional(),
  max_duration: duration.optional(),
  max_cost_usd: z.number().positive().optional(),
  on_budget: z.enum(['pause', 'fail']).optional(),
});

/** The events that a hook may name. */
export const HOOK_EVENTS = [
  'run_started',
  'run_waiting',
  'run_resumed',
  'run_succeeded',
  'run_failed',
  'run_canceled',
  'step_succeeded',
  'step_failed',
  'step_skipped',
  'step_canceled',
  'approval_requested',
  'approval_decided',
  'budget_exceeded',
  'compensation_started',
] as const;
export type HookEvent = (typeof HOOK_EVENTS)[number];

const hook = z.strictObject({ uses, with: jsonObject.optional(), on: z.array(z.enum(HOOK_EVENTS)).min(1).optional() });

/** The one source of truth of the pipeline language: types, JSON Schema and the shape check all come from here. */
export const pipelineSchema = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().max(200).regex(NAME_PATTERN, 'must be a text without control characters, and not blank'),
  version: z.string().max(256).regex(VERSION_PATTERN, 'must be a semantic version such as 1.2.0').optional(),
  description: z.string().optional(),
  parameters: jsonObject.optional(),
  plugins: z.record(z.string().regex(/^[a-z_][a-z0-9_-]{0,63}$/), z.string()).optional(),
  plugin_config: z
    .strictObject({ plugins_dir: z.string().optional(), enabled_plugins: z.array(z.string()).optional() })
    .optional(),
  steps: z.array(step).min(1),
  flow: flow.optional(),
  hooks: z.array(hook).optional(),
  reporters: z.array(z.strictObject({ uses, with: jsonObject.optional() })).optional(),
  exporters: z.array(z.strictObject({ uses, with: jsonObject.optional() })).optional(),
  outputs: jsonObject.optional(),
});

/** A pipeline as its author wrote it, in the canonical dialect. Only what `validatePipeline` gives back is known to be right. */
export type PipelineDefinition = z.infer<typeof pipelineSchema>;
/** A step as its author wrote it; durations are texts such as `30s`. */
export type StepDefinition = PipelineDefinition['steps'][number];
/** A transition as its author wrote it; `from` and `to` are ids of steps. */
export type TransitionDefinition = NonNullable<NonNullable<PipelineDefinition['flow']>['transitions']>[number];
export type RetryDefinition = NonNullable<StepDefinition['retry']>;
export type StageDefinition = NonNullable<StepDefinition['validate']>[number];

/** The language as JSON Schema (2020-12), for editors and other tools. */
export const pipelineJsonSchema = (): JsonObject =>
  z.toJSONSchema(pipelineSchema, { target: 'draft-2020-12', io: 'input' }) as JsonObject;
