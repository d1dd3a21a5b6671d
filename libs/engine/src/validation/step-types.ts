import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { forEachLevels } from '../definition/for-each-levels.ts';
import type { ForEachDefinition, PipelineDefinition, StepDefinition } from '../definition/schema.ts';
import { parseUses, rangeOfPackage, resolveUses, type Uses } from '../definition/uses.ts';
import type { PipelineCatalog } from '../ports/pipeline-catalog.ts';
import type { StepCatalog, StepContract } from '../ports/step-catalog.ts';
import { CORE_STEPS } from './core-steps.ts';

/** What is known of the type that a step uses. */
export type StepType = {
  /** With its alias replaced. */
  readonly uses: string;
  /** Undefined when `uses` has none of the known forms. */
  readonly parsed: Uses | undefined;
  /** Whether the interpreter evaluates it itself: `core.*` and `human.approval`. */
  readonly isCore: boolean;
  readonly contract: StepContract | undefined;
};

type Sources = { readonly catalog?: StepCatalog | undefined; readonly pipelines?: PipelineCatalog | undefined };

/** Finds the type of each step; steps that use the same share it. */
export const resolveStepTypes = (definition: PipelineDefinition, sources: Sources): readonly StepType[] => {
  const known = new Map<string, StepType>();
  return definition.steps.map(({ uses }) => {
    let type = known.get(uses);
    if (type === undefined) {
      type = resolveStepType(uses, definition, sources);
      known.set(uses, type);
    }
    return type;
  });
};

const resolveStepType = (
  written: string,
  definition: PipelineDefinition,
  { catalog, pipelines }: Sources,
): StepType => {
  const uses = resolveUses(written, definition.plugins);
  const parsed = parseUses(uses);
  const isCore = parsed?.kind === 'core' || uses === 'human.approval';
  if (isCore) return { uses, parsed, isCore, contract: CORE_STEPS.find(uses) };
  if (parsed?.kind !== 'pipeline') {
    const contract = catalog?.find(...catalogued(uses, definition.plugins));
    return { uses, parsed, isCore, contract };
  }
  const child = parsed.name === definition.name ? definition : pipelines?.find(parsed.name, parsed.range);
  return { uses, parsed, isCore, contract: child && contractOf(child) };
};

/** What a catalogue is asked for: the name without its range, and the range, which may be that of an alias. */
export const catalogued = (uses: string, plugins: PipelineDefinition['plugins']): [uses: string, range: string] => {
  const parsed = parseUses(uses);
  if (parsed?.kind !== 'package') return [uses, '*'];
  const { packageName, step, range = rangeOfPackage(packageName, plugins) } = parsed;
  return [`${packageName}#${step}`, range];
};

/** A sub-pipeline takes its parameters and gives its outputs. */
const contractOf = ({ parameters, outputs }: PipelineDefinition): StepContract => ({
  input:
    parameters === undefined
      ? NOTHING
      : isOpen(parameters)
        ? parameters
        : { ...parameters, additionalProperties: false },
  output: closedObject(Object.keys(outputs ?? {})),
});

const NOTHING: JsonObject = { type: 'object', properties: {}, additionalProperties: false };

const isOpen = (schema: JsonObject): boolean =>
  schema['additionalProperties'] !== undefined || schema['patternProperties'] !== undefined;

const closedObject = (names: readonly string[]): JsonObject => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, {}])),
  additionalProperties: false,
});

/** The JSON Schema of what `steps.<id>.output` can be; undefined when it is not known. */
export const outputSchemaOf = (step: StepDefinition, type: StepType): JsonObject | undefined => {
  if (step.fallback !== undefined || step.transform?.some(({ at = 'output' }) => at === 'output')) return undefined;
  const own = ownOutputOf(step, type);
  if (step.for_each === undefined) return own;
  let schema = own ?? {};
  for (const { level } of forEachLevels(step.for_each, []).toReversed()) {
    schema = { type: 'array', items: hasOtherItems(level) ? {} : schema };
  }
  return schema;
};

/** An error or nothing may stand in an item's place. */
const hasOtherItems = ({ on_item_error: onError, at_least: atLeast }: ForEachDefinition): boolean =>
  onError === 'collect' || atLeast !== undefined;

const ownOutputOf = (step: StepDefinition, { uses, contract }: StepType): JsonObject | undefined => {
  if (uses !== 'core.noop') return contract?.output;
  const input: Readonly<Record<string, Json>> = step.with ?? {};
  return { ...closedObject(Object.keys(input)) };
};
