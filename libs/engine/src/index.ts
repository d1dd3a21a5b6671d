export type { Diagnostic, Severity } from './definition/diagnostic.ts';
export { normalizeDialect, type NormalizedDialect } from './definition/dialect/normalize-dialect.ts';
export type { Rewrite } from './definition/dialect/rewrite-log.ts';
export { parseDuration } from './definition/duration.ts';
export {
  formatPipelineText,
  type FormatPipelineOptions,
  type FormattedPipeline,
} from './definition/format-pipeline-text.ts';
export { printPipeline } from './definition/print-pipeline.ts';
export {
  CONDITION_OPERATORS,
  pipelineJsonSchema,
  STEP_ID_PATTERN,
  type ConditionOperator,
  type ObjectCondition,
  type PipelineDefinition,
  type StepDefinition,
  type TransitionDefinition,
} from './definition/schema.ts';
export { didYouMean } from './definition/suggest.ts';
export { parsePackageSpec, parseUses, rangeOfPackage, resolveUses, type Uses } from './definition/uses.ts';
export type { Json, JsonObject } from '@ia-modules/plugin-sdk';
export {
  createCircuitBreakers,
  type CircuitBreakers,
  type CircuitPolicy,
} from './executor/circuit-breakers.ts';
export { scrubAttempt } from './executor/scrub-attempt.ts';
export { createSecretScrub, type SecretScrub } from './executor/secret-scrub.ts';
export { withCircuitBreaker, type CircuitBreakerOptions } from './executor/with-circuit-breaker.ts';
export { withSecrets, type SecretLookup } from './executor/with-secrets.ts';
export { createComparison } from './expression/comparison.ts';
export { compileExpression, type Expression, type Scope } from './expression/expression.ts';
export { listSecretNames } from './expression/secret-names.ts';
export { metricPoints, type MeasuredRun } from './feed/metric-points.ts';
export { createRunFeed, type RunFeed, type RunFeedOptions } from './feed/run-feed.ts';
export type { MemoryRun, MemoryWaiting } from './memory/memory-run.ts';
export { createSharedStores, type SharedStores } from './memory/shared-stores.ts';
export {
  runInMemory,
  startInMemory,
  type MemoryRunHandle,
  type RunInMemoryOptions,
  type StartInMemoryOptions,
} from './memory/run-in-memory.ts';
export type {
  ChildRequest,
  DurableContext,
  OnUnknown,
  RouterQuery,
  RouterReward,
  RunCommand,
  SecretSlot,
  Settled,
  SlotRequest,
  TaskKey,
  TaskKind,
  TaskRequest,
} from './ports/durable-context.ts';
export type { ModuleCheck } from './ports/module-check.ts';
export type { PipelineCatalog } from './ports/pipeline-catalog.ts';
export type { ContributionKind, StepCatalog, StepContract } from './ports/step-catalog.ts';
export type { TaskExecution, TaskExecutor, TaskLogLine } from './ports/task-executor.ts';
export { type ChildEnd, childParameters, settleChild, unknownSubpipeline } from './run/child-run.ts';
export { compilePipeline } from './run/compile-pipeline.ts';
export { refusalOf, type OpenApproval, type VoteRefusal } from './run/approval.ts';
export { listEffects, type Effect, type EffectState } from './run/effects.ts';
export type {
  ApprovalDecision,
  ArmStatistics,
  Compensation,
  DebugCommand,
  DebugSetup,
  EffectDecision,
  EventData,
  EventDraft,
  EventType,
  ForkPoint,
  MockResult,
  PluginReference,
  RecordedError,
  RunEvent,
} from './run/events.ts';
export { checkCommand, type CommandProblem } from './run/check-command.ts';
export { forkRun, type ForkedRun, type ForkOptions } from './run/fork.ts';
export { inspectRun, type RunInspection } from './run/inspect.ts';
export { interpret, type InterpretOptions } from './run/interpret.ts';
export { activityKey, idempotencyKeyOf, partOf } from './run/keys.ts';
export type { Plan, PlanStep, PlanTransition, StepKind } from './run/plan.ts';
export { createProjection, projectRun, type Projection, type RunView, type StepView } from './run/projection.ts';
export { toRecordedError } from './run/recorded-error.ts';
export { timeoutError } from './run/timeout-error.ts';
export { toRecordedSettlement } from './run/recorded-settlement.ts';
export { explainWaits, explainWaitsOf, type Waiting } from './run/waiting.ts';
export { openApprovals, type AwaitedApproval } from './run/open-approvals.ts';
export { STEP_BEGINNINGS, STEP_ENDS, type StepEnd } from './run/step-span.ts';
export { createRunState, type RunState } from './run/state.ts';
export { isTerminal, RUN_STATUSES, TERMINAL_STATUSES, type Status, type WaitReason } from './run/status.ts';
export { parseVariable, type Variable } from './run/variable.ts';
export { isNestedTooDeep, MAX_DEPTH } from './definition/nesting.ts';
export type { ResolveService, ServiceInit, ServiceLifetime } from './services/service-definition.ts';
export { defineService, type ServiceKey } from './services/service-key.ts';
export { createServiceRegistry, type ServiceRegistry } from './services/service-registry.ts';
export type { ProcessScope, RunScope, ServiceScope } from './services/service-scope.ts';
export type { TrustedStepContext } from './services/trusted-step-context.ts';
export { checkNesting, validateParameters, type ParameterValidation } from './validation/validate-parameters.ts';
export {
  validatePipeline,
  type PipelineValidation,
  type ValidatePipelineOptions,
} from './validation/validate-pipeline.ts';
export { createPluginCatalog, type CataloguedManifest } from './validation/plugin-catalog.ts';
export { compileJsonSchema, type SchemaValidator, type SchemaViolation } from './validation/json-schema-validator.ts';
