import type { JsonObject } from '@ia-modules/plugin-sdk';
import type { DiagnosticList, Path } from '../definition/diagnostic.ts';
import { parseDuration } from '../definition/duration.ts';
import type { PipelineDefinition, StepDefinition } from '../definition/schema.ts';
import { didYouMean } from '../definition/suggest.ts';
import { parsePackageSpec, parseUses, resolveUses } from '../definition/uses.ts';
import type { StepCatalog } from '../ports/step-catalog.ts';
import { CORE_STEPS } from './core-steps.ts';
import { compileJsonSchema } from './json-schema-validator.ts';

/** Checks each step for itself: its id, what it uses, its input, its durations. */
export const checkSteps = (
  definition: PipelineDefinition,
  diagnostics: DiagnosticList,
  catalog: StepCatalog | undefined,
): void => {
  checkPlugins(definition, diagnostics);
  const seen = new Set<string>();
  for (const [index, step] of definition.steps.entries()) {
    const path: Path = ['steps', index];
    if (seen.has(step.id)) {
      diagnostics.add({
        code: 'IA_PIPELINE_DUPLICATE_STEP',
        path: [...path, 'id'],
        message: `Another step is called '${step.id}' already.`,
      });
    }
    seen.add(step.id);
    checkDurations(step, path, diagnostics);
    checkUses({ step, path, definition, catalog }, diagnostics);
  }
};

const PACKAGE_NAME = /^(?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*$/;

const checkPlugins = (definition: PipelineDefinition, diagnostics: DiagnosticList): void => {
  for (const [alias, spec] of Object.entries(definition.plugins ?? {})) {
    const path = ['plugins', alias];
    if (alias === 'core') {
      diagnostics.add({ code: 'IA_PIPELINE_SHAPE', path, message: "The alias 'core' is taken by the built-in steps." });
    }
    if (PACKAGE_NAME.test(parsePackageSpec(spec).packageName)) continue;
    diagnostics.add({
      code: 'IA_PIPELINE_SHAPE',
      path,
      message: `'${spec}' is no package.`,
      hint: 'Write a name and a version range: @community/weather@^1.2.0.',
    });
  }
};

const checkDurations = (step: StepDefinition, path: Path, diagnostics: DiagnosticList): void => {
  const fields: readonly (readonly [Path, string | undefined])[] = [
    [[...path, 'timeout'], step.timeout],
    [[...path, 'retry', 'initial_delay'], step.retry?.initial_delay],
    [[...path, 'retry', 'max_delay'], step.retry?.max_delay],
  ];
  for (const [fieldPath, text] of fields) if (text !== undefined) checkDuration(text, fieldPath, diagnostics);
};

export const checkDuration = (text: string, path: Path, diagnostics: DiagnosticList): void => {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined && (durationMs > 0 || path.at(-1) !== 'timeout')) return;
  diagnostics.add({
    code: 'IA_PIPELINE_DURATION',
    path,
    message: `'${text}' is no duration${durationMs === 0 ? ' that anything could keep' : ''}.`,
    hint: 'Write 200ms, 30s, 1h30m, or ISO 8601 such as PT5M or P2D.',
  });
};

type StepCheck = {
  readonly step: StepDefinition;
  readonly path: Path;
  readonly definition: PipelineDefinition;
  readonly catalog: StepCatalog | undefined;
};

const checkUses = ({ step, path, definition, catalog }: StepCheck, diagnostics: DiagnosticList): void => {
  const uses = resolveUses(step.uses, definition.plugins);
  const usesPath = [...path, 'uses'];
  const parsed = parseUses(uses);
  if (parsed === undefined) {
    diagnostics.add({
      code: 'IA_PIPELINE_UNKNOWN_USES',
      path: usesPath,
      message: `'${step.uses}' names no step type.`,
      hint: 'Write core.noop, http.request, alias.step, @scope/package#step or ./file.ts#Export.',
    });
    return;
  }
  const contract = parsed.kind === 'core' ? CORE_STEPS.find(uses) : catalog?.find(uses);
  const isOptional = parsed.kind !== 'core' && (catalog === undefined || parsed.kind === 'module');
  if (contract === undefined) {
    if (isOptional) return;
    const names = [...CORE_STEPS.names(), ...(catalog?.names() ?? [])];
    diagnostics.add({
      code: 'IA_PIPELINE_UNKNOWN_USES',
      path: usesPath,
      message: `There is no step type '${step.uses}'.`,
      hint:
        didYouMean(uses, names) ??
        (parsed.kind === 'package' ? `Install the plugin ${parsed.packageName} first.` : undefined),
    });
    return;
  }
  if (parsed.kind === 'core') refuseOnCore(step, path, diagnostics);
  if (contract.input !== undefined) checkInput(step, contract.input, { path, diagnostics });
  if (uses === 'core.wait') checkWait(step, path, diagnostics);
};

/** What a wait is told, as far as it is known before the run. */
const checkWait = ({ with: input = {} }: StepDefinition, path: Path, diagnostics: DiagnosticList): void => {
  const { duration, until } = input;
  if (typeof duration === 'string' && !isTemplated(input, ['duration'])) {
    checkDuration(duration, [...path, 'with', 'duration'], diagnostics);
  }
  if (typeof until !== 'string' || isTemplated(input, ['until']) || !Number.isNaN(Date.parse(until))) return;
  diagnostics.add({
    code: 'IA_PIPELINE_WITH',
    path: [...path, 'with', 'until'],
    message: `'${until}' is no time.`,
    hint: 'Write it in ISO 8601: 2026-12-24T18:00:00Z.',
  });
};

/** Core steps are done at once: a timeout would never matter, and only core.fail has something to retry. */
const refuseOnCore = (step: StepDefinition, path: Path, diagnostics: DiagnosticList): void => {
  const keys = step.uses === 'core.fail' ? (['timeout'] as const) : (['timeout', 'retry'] as const);
  for (const key of keys) {
    if (step[key] === undefined) continue;
    diagnostics.add({
      code: 'IA_PIPELINE_UNSUPPORTED',
      path: [...path, key],
      message: `'${key}' has no meaning on ${step.uses}.`,
    });
  }
};

type InputCheck = { readonly path: Path; readonly diagnostics: DiagnosticList };

const checkInput = (step: StepDefinition, schema: JsonObject, { path, diagnostics }: InputCheck): void => {
  const input = structuredClone(step.with ?? {});
  let violations: ReturnType<ReturnType<typeof compileJsonSchema>['apply']>;
  try {
    violations = compileJsonSchema(schema).apply(input);
  } catch {
    // A contract that is no valid schema is its plugin's fault, not this pipeline's: the plugin checks its input itself.
    return;
  }
  for (const violation of violations) {
    if (isTemplated(step.with ?? {}, violation.path)) continue;
    const name = violation.path.join('.');
    diagnostics.add({
      code: 'IA_PIPELINE_WITH',
      path: [...path, 'with', ...violation.path],
      message: `The input of '${step.id}'${name === '' ? '' : ` at ${name}`} ${violation.message}.`,
      hint: violation.hint,
    });
  }
};

/** Whether the value there, or one above it, is only known at run time. */
const isTemplated = (input: JsonObject, path: Path): boolean => {
  let value: unknown = input;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null) break;
    value = (value as Record<string | number, unknown>)[segment];
  }
  return typeof value === 'string' && value.includes('{{');
};
