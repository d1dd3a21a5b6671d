export { checkedCost } from './checked-cost.ts';
export type {
  BlobReference,
  Blobs,
  Clock,
  Labels,
  LifecycleContext,
  Logger,
  MeasureSpan,
  PluginContext,
  PluginMetrics,
  Plugins,
  Span,
  TaskInfo,
} from './context.ts';
export {
  CONTRIBUTION_KINDS,
  CONTRIBUTION_LISTS,
  type Contribution,
  type ContributionDescription,
  type ContributionInfo,
  type ContributionKind,
} from './contribution.ts';
export {
  type Condition,
  type ConditionCall,
  type ConditionInit,
  defineCondition,
  type LeftStep,
} from './define-condition.ts';
export { defineExporter, type Exporter, type ExporterInit, type MetricPoint } from './define-exporter.ts';
export { defineHook, type Hook, type HookEvent, type HookInit } from './define-hook.ts';
export { definePlugin, findContribution, type Plugin, type PluginInit } from './define-plugin.ts';
export { defineReporter, type ReportedEvent, type Reporter, type ReporterInit } from './define-reporter.ts';
export { defineStep, type Step, type StepInit } from './define-step.ts';
export { defineTransform, type Transform, type TransformInit } from './define-transform.ts';
export {
  defineValidator,
  type ValidationProblem,
  type Validator,
  type ValidatorInit,
  type Verdict,
} from './define-validator.ts';
export { ERROR_CODES, PlatformError, type Disposition, type ErrorCode, type ErrorInit, type Fault } from './errors.ts';
export type { Json, JsonObject } from './json.ts';
export type { FilledFromJsonSchema, FromJsonSchema, JsonSchema } from './json-schema.ts';
export {
  type ConfiguredContribution,
  contributionsOf,
  grantSchema,
  MANIFEST_API_VERSION,
  type ManifestContribution,
  manifestSchema,
  PLUGIN_CATEGORIES,
  type PluginCategory,
  type PluginGrant,
  type PluginManifest,
  type StepContribution,
} from './manifest.ts';
export { INSTALL_SCRIPTS, PACKAGE_LIMITS } from './package-rules.ts';
export { isNetPattern, matchesNetPattern } from './net-pattern.ts';
export {
  type ManifestDiagnostic,
  type ParsedManifest,
  parseManifest,
  type PluginPackage,
} from './parse-manifest.ts';
export { networkError, PluginError, type PluginErrorInit } from './plugin-error.ts';
export type { Received, Returned, Schema } from './schema.ts';
