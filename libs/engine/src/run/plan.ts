import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import type { PipelineDefinition } from '../definition/schema.ts';
import type { ConditionFunction } from '../expression/condition.ts';
import type { Template } from '../expression/template.ts';

/** The targets that a step's end takes and leaves, in the order of its transitions. */
export type Route = { readonly taken: readonly string[]; readonly dead: readonly string[] };

/** What makes a step run: `task` goes to the executor, the others are evaluated by the interpreter itself. */
export type StepKind = 'task' | 'noop' | 'wait' | 'end' | 'fail';

export type RetryPolicy = {
  readonly maxAttempts: number;
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly factor: number;
  readonly jitter: boolean;
  /** Names or codes of the errors to retry; null retries every retryable one. */
  readonly on: readonly string[] | null;
};

export type PlanStep = {
  readonly id: string;
  readonly kind: StepKind;
  /** With a plugin's alias replaced by its package: `@community/weather#forecast`. */
  readonly uses: string;
  readonly input: Template<JsonObject>;
  readonly retry: RetryPolicy | null;
  readonly timeoutMs: number | null;
  readonly fallback: { readonly value: Json } | null;
  readonly continuesOnError: boolean;
  /** Taken transitions that make the step ready; 0 waits until every one is resolved. */
  readonly joinCount: number;
  readonly cancelsRest: boolean;
  readonly isExhaustive: boolean;
  readonly takesFirstMatch: boolean;
  /** Where success leads when no condition, default or router decides it; null otherwise. */
  readonly successRoute: Route | null;
  /** Whether which transitions are taken has to be recorded, as it does not follow from how the step ended. */
  readonly hasChoice: boolean;
};

export type PlanTransition = {
  readonly from: number;
  readonly to: number;
  readonly condition: ConditionFunction | null;
  readonly isDefault: boolean;
  readonly isOnError: boolean;
};

/** A definition made ready to run: ids became indices, expressions functions, and a step knows its own transitions. */
export type Plan = {
  readonly definition: PipelineDefinition;
  readonly stepIds: readonly string[];
  readonly stepIndexes: ReadonlyMap<string, number>;
  readonly steps: readonly PlanStep[];
  readonly transitions: readonly PlanTransition[];
  /** Indices into `transitions`, by step, in the order of the definition. */
  readonly outgoing: readonly (readonly number[])[];
  readonly incoming: readonly (readonly number[])[];
  readonly starts: readonly number[];
  readonly maxDurationMs: number | null;
  readonly outputs: Template<JsonObject>;
};
