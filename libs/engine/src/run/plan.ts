import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import type { HookEvent, PipelineDefinition } from '../definition/schema.ts';
import type { ConditionFunction } from '../expression/condition.ts';
import type { Expression } from '../expression/expression.ts';
import type { Template } from '../expression/template.ts';
import type { LoopRegion } from '../graph/loop-regions.ts';
import type { OnUnknown } from '../ports/durable-context.ts';

/** The targets that a step's end takes and leaves, in the order of its transitions. */
export type Route = {
  readonly taken: readonly string[];
  readonly dead: readonly string[];
  /** Which of the step's transitions are taken, where several lead to one target. */
  readonly positions?: readonly number[];
  readonly odds?: Readonly<Record<string, number>>;
  readonly context?: string;
};

/** What makes a step run: `task` goes to the executor, `pipeline` starts a run below, the others the interpreter does itself. */
export type StepKind = 'task' | 'pipeline' | 'noop' | 'wait' | 'end' | 'fail' | 'approval';

export type RetryPolicy = {
  readonly maxAttempts: number;
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly factor: number;
  readonly jitter: boolean;
  /** Names or codes of the errors to retry; null retries every retryable one. */
  readonly on: readonly string[] | null;
};

/** What one execution goes through, in order: transforms and validators around the work. */
export type PlanStage =
  | { readonly kind: 'work' }
  | {
      readonly kind: 'transform' | 'validator';
      readonly at: 'input' | 'output';
      /** `validate/0`: by kind and place in the definition. */
      readonly part: string;
      readonly uses: string;
      readonly config: Template<JsonObject>;
    };

/** One level of a mapped step; the next is the map of each of its items. */
export type PlanMap = {
  readonly items: Template;
  readonly maxParallel: number;
  readonly collectsErrors: boolean;
  /** Items that have to succeed for the whole to; null waits for all of them. */
  readonly atLeast: number | null;
};

/** A call of a contribution, as a compensation or hook makes it. */
export type PlanCall = {
  readonly uses: string;
  readonly child: ChildReference | null;
  readonly input: Template<JsonObject>;
  readonly retry: RetryPolicy | null;
  readonly timeoutMs: number | null;
};

export type ChildReference = { readonly pipeline: string; readonly range: string; readonly maxDepth: number };

/** How a step chooses among the transitions that hold. */
export type PlanRouter = { readonly kind: 'all_matches' } | { readonly kind: 'first_match' } | AdaptiveRouter;

export type AdaptiveRouter = {
  readonly kind: 'adaptive';
  readonly reward: Expression;
  readonly context: Expression | null;
  readonly exploration: number;
};

/** A step made ready to run. Durations are in milliseconds, steps and regions are indices. */
export type PlanStep = {
  readonly id: string;
  readonly kind: StepKind;
  /** With a plugin's alias replaced by its package: `@community/weather#forecast`. */
  readonly uses: string;
  readonly child: ChildReference | null;
  readonly input: Template<JsonObject>;
  readonly stages: readonly PlanStage[];
  /** Outermost level first; empty for a step that is not mapped. */
  readonly maps: readonly PlanMap[];
  readonly retry: RetryPolicy | null;
  readonly timeoutMs: number | null;
  readonly maxDurationMs: number | null;
  readonly fallback: { readonly value: Json } | null;
  readonly continuesOnError: boolean;
  readonly compensatesOnError: boolean;
  readonly onUnknown: OnUnknown;
  readonly cache: { readonly key: Template; readonly ttlMs: number } | null;
  readonly concurrency: { readonly key: Template; readonly limit: number } | null;
  readonly compensate: PlanCall | null;
  /** Step indices. */
  readonly cancels: readonly number[];
  /** Taken transitions that make the step ready; 0 waits until every one is resolved. */
  readonly joinCount: number;
  readonly cancelsRest: boolean;
  readonly isExhaustive: boolean;
  readonly router: PlanRouter;
  /** Where success leads when no condition, default or router decides it; null otherwise. */
  readonly successRoute: Route | null;
  /** Whether which transitions are taken has to be recorded, as it does not follow from how the step ended. */
  readonly hasChoice: boolean;
  /** Whether several transitions lead to one target: names alone do not tell which was taken. */
  readonly hasTwins: boolean;
  /** Whether the choice needs something from outside: plugin conditions, or what a router has learnt. */
  readonly asksForRoute: boolean;
  /** The innermost loop around the step, -1 for none. */
  readonly region: number;
};

/** A transition made ready to run; `from` and `to` are indices of steps. */
export type PlanTransition = {
  readonly from: number;
  readonly to: number;
  readonly condition: ConditionFunction | null;
  readonly isDefault: boolean;
  readonly isOnError: boolean;
  readonly loop: {
    readonly region: number;
    readonly maxIterations: number;
    readonly failsWhenExhausted: boolean;
  } | null;
  /** The outermost loop that it leaves, -1 for none. */
  readonly exit: number;
  /** Leaves a loop without a condition: chosen in every iteration, it is taken when the loop ends. */
  readonly isDeferred: boolean;
};

export type PlanHook = {
  readonly uses: string;
  readonly config: Template<JsonObject>;
  readonly on: ReadonlySet<HookEvent>;
};
/** A reporter or exporter. */
/** Its configuration is the same in every run, but for secrets. */
export type PlanFeed = { readonly uses: string; readonly config: Template<JsonObject> };

/** A definition made ready to run: ids became indices, expressions functions, and a step knows its own transitions. */
export type Plan = {
  readonly definition: PipelineDefinition;
  readonly stepIds: readonly string[];
  readonly stepIndexes: ReadonlyMap<string, number>;
  readonly steps: readonly PlanStep[];
  readonly transitions: readonly PlanTransition[];
  /** Indices into `transitions`, by step, in the order of the definition. */
  readonly outgoing: readonly (readonly number[])[];
  /** Without loop transitions: what a join counts. */
  readonly incoming: readonly (readonly number[])[];
  readonly starts: readonly number[];
  readonly regions: readonly LoopRegion[];
  /** What has to end for an iteration of a loop to end: its own steps and the loops directly in it. */
  readonly regionUnits: Int32Array;
  readonly maxDurationMs: number | null;
  readonly maxCostUsd: number | null;
  readonly failsOnBudget: boolean;
  readonly compensatesOnFailure: boolean;
  readonly hooks: readonly PlanHook[];
  readonly reporters: readonly PlanFeed[];
  readonly exporters: readonly PlanFeed[];
  readonly outputs: Template<JsonObject>;
};
