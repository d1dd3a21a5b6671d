import {
  createServiceRegistry,
  parseUses,
  type RunScope,
  type TaskExecution,
  type TaskExecutor,
  type TaskRequest,
  type TrustedStepContext,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { createContext } from '@ia-modules/plugin-sdk/host';
import { BUILT_IN } from '../discovery/built-in-plugins.ts';
import type { LocalPlugin } from '../discovery/local-plugin.ts';
import { endScope } from '../run/end-scope.ts';
import { loadModuleStep } from './load-module-step.ts';
import { type Called, type LocalCalls, taskOf } from './local-calls.ts';

export type LocalExecutorOptions = {
  /** The folder that local modules are relative to: the pipeline's. */
  readonly directory: string;
  readonly log: (text: string) => void;
  /** Besides the built-in ones. */
  readonly plugins?: readonly LocalPlugin[];
  readonly findPackage?: (name: string) => LocalPlugin | undefined;
  readonly calls: LocalCalls;
  /** What local modules may ask for. @default nothing */
  readonly services?: RunScope;
};

/**
 * Makes attempts of every kind on this machine. A plugin's contribution and a local module are called alike: with the task's
 * input, whose shape depends on its kind.
 */
export const createLocalExecutor = (options: LocalExecutorOptions): TaskExecutor => {
  const { directory, log, calls, services = createServiceRegistry().openProcess().openRun() } = options;
  const named = new Map([
    ...BUILT_IN,
    ...(options.plugins ?? []).map((plugin): [string, LocalPlugin] => [plugin.name, plugin]),
  ]);
  const findCalled = (request: TaskRequest): Called => {
    const parsed = parseUses(request.uses);
    const kind = request.kind === 'compensation' ? 'step' : request.kind;
    const plugin =
      parsed?.kind === 'builtin'
        ? named.get(parsed.plugin)
        : parsed?.kind === 'package'
          ? options.findPackage?.(parsed.packageName)
          : undefined;
    if (plugin === undefined || (parsed?.kind !== 'builtin' && parsed?.kind !== 'package')) throw unknownStep(request);
    return { plugin, kind, name: parsed.step };
  };
  return {
    execute: async (request, execution) => {
      const parsed = parseUses(request.uses);
      if (parsed?.kind !== 'module') {
        const called = findCalled(request);
        await execution.emitStarted({});
        return await calls.call(called, request, execution);
      }
      const work = await loadModuleStep({ directory, path: parsed.path, exportName: parsed.exportName });
      await execution.emitStarted({});
      const scope = services.openStep();
      try {
        return await work(request.input, { ...createStepContext(request, execution, log), services: scope.resolve });
      } finally {
        await endScope(scope, (problem) => log(`${request.stepId} warn: ${problem}`));
      }
    },
  };
};

const unknownStep = ({ uses, stepId }: TaskRequest): PlatformError =>
  new PlatformError({
    code: 'IA_STEP_UNKNOWN',
    message: `Step '${stepId}' uses '${uses}', which can not run on the command line.`,
    hint: 'Here there are the built-in steps, plugins_dir, packages that npm has installed, and ./file.ts#Export; ia-plugin list --local shows them.',
  });

const createStepContext = (
  request: TaskRequest,
  { signal, addCost }: TaskExecution,
  log: (text: string) => void,
): Omit<TrustedStepContext, 'services'> =>
  createContext({
    fetch: globalThis.fetch,
    signal,
    secrets: {},
    idempotencyKey: request.idempotencyKey,
    task: taskOf(request),
    onLog: ({ level, message }) => log(`${request.stepId} ${level}: ${message}`),
    onCost: addCost,
  });
