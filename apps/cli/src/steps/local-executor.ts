import {
  createServiceRegistry,
  parseUses,
  type RunScope,
  type TaskExecution,
  type TaskExecutor,
  type TaskRequest,
  type TrustedStepContext,
} from '@ia-modules/engine';
import { findContribution, PlatformError } from '@ia-modules/plugin-sdk';
import { createContext } from '@ia-modules/plugin-sdk/host';
import { endScope } from '../run/end-scope.ts';
import { loadModuleStep } from './load-module-step.ts';
import { BUILT_IN_PLUGINS, type LocalPlugin } from './local-plugins.ts';
import type { LocalWork } from './local-work.ts';

export type LocalExecutorOptions = {
  /** The folder that local modules are relative to: the pipeline's. */
  readonly directory: string;
  readonly log: (text: string) => void;
  /** Besides the built-in ones. */
  readonly plugins?: readonly LocalPlugin[];
  /** What local modules may ask for. @default nothing */
  readonly services?: RunScope;
};

/**
 * Makes attempts of every kind in this process, with its rights. A plugin's contribution and a local module are called alike:
 * with the task's input, whose shape depends on its kind.
 */
export const createLocalExecutor = (options: LocalExecutorOptions): TaskExecutor => {
  const { directory, log, services = createServiceRegistry().openProcess().openRun() } = options;
  const plugins = new Map([...BUILT_IN_PLUGINS, ...(options.plugins ?? [])].map((plugin) => [plugin.name, plugin]));
  return {
    execute: async (request, execution) => {
      const work = await findWork(request, { directory, plugins });
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

type Surroundings = { readonly directory: string; readonly plugins: ReadonlyMap<string, LocalPlugin> };

const findWork = async (request: TaskRequest, { directory, plugins }: Surroundings): Promise<LocalWork> => {
  const parsed = parseUses(request.uses);
  if (parsed?.kind === 'module') return loadModuleStep({ directory, path: parsed.path, exportName: parsed.exportName });
  if (parsed?.kind !== 'builtin') throw unknownStep(request);
  const plugin = await plugins.get(parsed.plugin)?.load();
  const kind = request.kind === 'compensation' ? 'step' : request.kind;
  const contribution = plugin === undefined ? undefined : findContribution(plugin, kind, parsed.step);
  if (contribution === undefined) throw unknownStep(request);
  return contribution.run;
};

const unknownStep = ({ uses, stepId }: TaskRequest): PlatformError =>
  new PlatformError({
    code: 'IA_STEP_UNKNOWN',
    message: `Step '${stepId}' uses '${uses}', which can not run on the command line.`,
    hint: 'Plugins of the marketplace run on the platform; here there are core.*, http.request, plugins_dir and ./file.ts#Export.',
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
    task: { runId: request.idempotencyKey.split('/')[0] ?? '', stepId: request.stepId, attempt: request.attempt },
    onLog: ({ level, message }) => log(`${request.stepId} ${level}: ${message}`),
    onCost: addCost,
  });
