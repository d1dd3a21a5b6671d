import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Json, TrustedStepContext } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { findPlugin } from '../discovery/load-plugin.ts';
import type { LocalWork } from './local-work.ts';

export type ModuleStep = { readonly directory: string; readonly path: string; readonly exportName: string };

type StepFunction = (input: Json, context: TrustedStepContext) => unknown;
type StepObject = { readonly run?: StepFunction; readonly execute?: StepFunction };
type Module = Readonly<Record<string, unknown>>;

/**
 * Loads what a local module exports under a name: a function, a class or an object with `run` or `execute`, or a step of the
 * plugin that it exports. Classes are instantiated anew for each attempt.
 * @throws PlatformError `IA_STEP_UNKNOWN` when the module has no such step
 */
export const loadModuleStep = async (step: ModuleStep): Promise<LocalWork> => {
  const module = await importModule(step);
  const exported = exportOf(module, step.exportName);
  if (exported === undefined) {
    const contribution = findPlugin(module)?.contributions.find(({ name }) => name === step.exportName);
    if (contribution !== undefined) return contribution.run;
  }
  const run = isFunction(exported) ? workOfFunction(exported, step) : workOfObject(exported);
  if (run === undefined) {
    throw notAStep(step, `exports no '${step.exportName}' that is a function, or has run or execute`);
  }
  return async (input, context) => toJson(await run(input, context), step);
};

const importModule = async (step: ModuleStep): Promise<Module> => {
  try {
    return (await import(pathToFileURL(resolve(step.directory, step.path)).href)) as Module;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PlatformError({
      code: 'IA_STEP_UNKNOWN',
      message: `The module ${step.path} can not be loaded: ${reason.split('\n')[0]?.replace(/\.$/, '')}.`,
      hint: error instanceof PlatformError ? error.hint : undefined,
    });
  }
};

/** Of CommonJS modules Node finds some exports only on the default one. */
const exportOf = (module: Module, name: string): unknown => {
  const { default: fallback } = module;
  if (Object.hasOwn(module, name)) return module[name];
  return isRecord(fallback) && Object.hasOwn(fallback, name) ? fallback[name] : undefined;
};

const workOfFunction = (exported: StepFunction, step: ModuleStep): StepFunction | undefined => {
  if (workOfObject(exported.prototype) !== undefined) {
    const Step = exported as unknown as new () => unknown;
    return (input, context) => workOfObject(new Step())?.(input, context);
  }
  if (!/^class\b/.test(Function.prototype.toString.call(exported))) return exported;
  throw notAStep(step, `exports the class '${step.exportName}', which has neither run nor execute`);
};

const workOfObject = (value: unknown): StepFunction | undefined => {
  if (!isRecord(value)) return undefined;
  const { run, execute } = value as StepObject;
  const method = run ?? execute;
  return isFunction(method) ? method.bind(value) : undefined;
};

const isFunction = (value: unknown): value is StepFunction => typeof value === 'function';
const isRecord = (value: unknown): value is Module => typeof value === 'object' && value !== null;

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
