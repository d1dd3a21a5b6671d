import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Json } from '@ia-modules/engine';
import { PlatformError, type StepContext } from '@ia-modules/plugin-sdk';

export type ModuleStep = { readonly directory: string; readonly path: string; readonly exportName: string };

type StepFunction = (input: Json, context: StepContext) => Json | Promise<Json>;
type StepObject = { readonly run?: StepFunction; readonly execute?: StepFunction };

/**
 * Loads a local step: a function, a class or an object with `run` or `execute`.
 * @throws PlatformError `IA_STEP_UNKNOWN` when the module has no such step
 */
export const loadModuleStep = async (
  step: ModuleStep,
): Promise<(input: Json, context: StepContext) => Promise<Json>> => {
  const exported = (await importModule(step))[step.exportName];
  if (typeof exported === 'function' && !hasStepMethod(exported.prototype)) {
    return async (input, context) => toJson(await (exported as StepFunction)(input, context), step);
  }
  const instance: unknown = typeof exported === 'function' ? new (exported as new () => unknown)() : exported;
  if (!hasStepMethod(instance))
    throw notAStep(step, `exports no '${step.exportName}' that is a function, or has run or execute`);
  return async (input, context) =>
    toJson(await (instance.run ?? instance.execute)?.call(instance, input, context), step);
};

const importModule = async (step: ModuleStep): Promise<Readonly<Record<string, unknown>>> => {
  try {
    return (await import(pathToFileURL(resolve(step.directory, step.path)).href)) as Record<string, unknown>;
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    throw notAStep(
      step,
      isMissing ? 'or a module that it imports does not exist' : `can not be loaded: ${String(error)}`,
    );
  }
};

const hasStepMethod = (value: unknown): value is StepObject =>
  typeof value === 'object' &&
  value !== null &&
  (('run' in value && typeof value.run === 'function') || ('execute' in value && typeof value.execute === 'function'));

const notAStep = ({ path, exportName }: ModuleStep, reason: string): PlatformError =>
  new PlatformError({
    code: 'IA_STEP_UNKNOWN',
    message: `The module ${path} ${reason}.`,
    hint: `Export a function: export const ${exportName} = (input) => ({ … }).`,
  });

/** What a step returns travels as JSON from here on, as it would on the platform. */
const toJson = (value: unknown, { path, exportName }: ModuleStep): Json => {
  if (value === undefined) return null;
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) return JSON.parse(text) as Json;
  } catch {
    // Falls through to the same answer as for a value that JSON has no form for.
  }
  throw new PlatformError({
    code: 'IA_PLUGIN_FAILED',
    message: `${path}#${exportName} returned a value that is no JSON.`,
    fault: 'plugin',
  });
};
