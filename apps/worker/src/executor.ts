import {
  createCircuitBreakers,
  parseUses,
  type PluginReference,
  type TaskExecution,
  type TaskExecutor,
  type TaskRequest,
  withCircuitBreaker,
  withSecrets,
} from '@ia-modules/engine';
import { BUILT_IN_PLUGINS } from '@ia-modules/built-in-plugins';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { PluginUse, RunProgram, StoredRun } from '@ia-modules/runtime-postgres';
import { type ContributionCall, createPluginCalls, type PluginCallsOptions } from './plugin-calls.ts';

export type ExecutorOptions = PluginCallsOptions & {
  /** Names this worker in the events of the attempts that it makes. */
  readonly worker: string;
  /** Resolves when it is on record that a run uses a plugin. */
  readonly recordUse: (use: PluginUse) => Promise<void>;
};

type AttemptOf = (request: TaskRequest, execution: TaskExecution, name: string) => ContributionCall;

/**
 * Makes what works on a run's attempts, of whatever kind: built-in plugins in this process, installed ones in the sandbox.
 * What fails again and again by its own fault is left alone for a while, tenant by tenant.
 */
export const createExecutorFactory = (
  options: ExecutorOptions,
): ((run: StoredRun, program: RunProgram) => TaskExecutor) => {
  const breakers = createCircuitBreakers();
  const calls = createPluginCalls(options);
  return (run, program) => {
    const { tenantId } = run;
    const attemptOf = createAttempts(options, run, program);
    const executor: TaskExecutor = {
      execute: async (request, execution) => {
        const uses = parseUses(request.uses);
        if (uses?.kind === 'builtin') {
          const plugin = BUILT_IN_PLUGINS.get(uses.plugin);
          if (plugin !== undefined) return await calls.callBuiltIn(attemptOf(request, execution, uses.step), plugin);
        }
        if (uses?.kind === 'package') {
          const reference = findPinned(program, uses.packageName, uses.range);
          return await calls.callInstalled(attemptOf(request, execution, uses.step), reference);
        }
        throw unknownStep(request.uses);
      },
    };
    const guarded = withCircuitBreaker(executor, { breakers, tenant: tenantId });
    return {
      execute: (request, execution) => {
        if (request.secrets.length === 0) return guarded.execute(request, execution);
        const { signal } = execution;
        const lookup = (name: string) => options.readSecret({ tenantId, name, signal });
        return withSecrets(guarded, lookup).execute(request, execution);
      },
    };
  };
};

/** Their calls are no events of the run. */
const UNLOGGED: ReadonlySet<TaskRequest['kind']> = new Set(['reporter', 'exporter']);

const createAttempts = (
  { worker, recordUse: record }: ExecutorOptions,
  { tenantId, runId }: StoredRun,
  program: RunProgram,
): AttemptOf => {
  const recordUse = onceEach((plugin) => record({ tenantId, runId, plugin }));
  return (request, execution, name) => ({
    tenantId,
    // What undoes a step is a step.
    kind: request.kind === 'compensation' ? 'step' : request.kind,
    name,
    input: request.input,
    idempotencyKey: request.idempotencyKey,
    task: { runId, stepId: request.stepId, attempt: request.attempt },
    timeoutMs: request.timeoutMs,
    execution,
    begin: async (plugin) => {
      if (UNLOGGED.has(request.kind)) await recordUse(plugin);
      await execution.emitStarted({ worker, plugin });
    },
    recordUse,
    findPinned: (packageName, range) => findPinned(program, packageName, range),
    depth: 0,
  });
};

/** Does it once for each version; what failed is done again. */
const onceEach = (work: (plugin: PluginReference) => Promise<void>): ((plugin: PluginReference) => Promise<void>) => {
  const done = new Map<string, Promise<void>>();
  return (plugin) => {
    const key = `${plugin.name}@${plugin.version}`;
    const doing = done.get(key) ?? work(plugin);
    done.set(key, doing);
    doing.catch(() => done.delete(key));
    return doing;
  };
};

/** Where a version pins several versions of a package, each range that leads to one of them is named. */
const findPinned = ({ resolvedPlugins }: RunProgram, packageName: string, range = '*'): PluginReference => {
  const named = [`${packageName}@${range}`, packageName].map((key) => resolvedPlugins[key]);
  const reference = [...named, ...Object.values(resolvedPlugins)].find((plugin) => plugin?.name === packageName);
  if (reference !== undefined) return reference;
  throw new PlatformError({
    code: 'IA_PLUGIN_NOT_INSTALLED',
    message: `The pipeline version pins no version of ${packageName}.`,
    hint: 'Install the plugin, save the pipeline and start another run.',
  });
};

const unknownStep = (uses: string): PlatformError =>
  new PlatformError({
    code: 'IA_STEP_UNKNOWN',
    message: `This worker can not run steps of the type "${uses}".`,
    hint: `Local modules run on the command line only; other steps come from core, an installed plugin or one of ${[...BUILT_IN_PLUGINS.keys()].join(', ')}.`,
  });
