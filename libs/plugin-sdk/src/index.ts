export { checkedCost } from './checked-cost.ts';
export {
  definePlugin,
  defineStep,
  type Logger,
  type Plugin,
  type Schema,
  type Step,
  type StepContext,
  type StepInit,
} from './define-plugin.ts';
export { ERROR_CODES, PlatformError, type Disposition, type ErrorCode, type ErrorInit, type Fault } from './errors.ts';
export type { Json, JsonObject } from './json.ts';
export type { FromJsonSchema, JsonSchema } from './json-schema.ts';
export {
  grantSchema,
  MANIFEST_API_VERSION,
  manifestSchema,
  parseManifest,
  type ManifestDiagnostic,
  type ParsedManifest,
  type PluginGrant,
  type PluginManifest,
  type PluginPackage,
  type StepContribution,
} from './manifest.ts';
export { INSTALL_SCRIPTS, PACKAGE_LIMITS } from './package-rules.ts';
export { isNetPattern, matchesNetPattern } from './net-pattern.ts';
export { networkError, PluginError, type PluginErrorInit } from './plugin-error.ts';
