import { parseUses, type Json, type TaskExecution, type TaskExecutor, type TaskRequest } from '@ia-modules/engine';
import { PlatformError, type StepContext } from '@ia-modules/plugin-sdk';
import { loadModuleStep } from './load-module-step.ts';
import { LOCAL_PLUGINS } from './local-plugins.ts';

export type LocalExecutorOptions = {
  /** The folder that local modules are relative to: the pipeline's. */
  readonly directory: string;
  readonly log: (text: string) => void;
};

/** Runs the steps of built-in plugins and of local modules in this process, with its rights. */
export const createLocalExecutor = ({ directory, log }: LocalExecutorOptions): TaskExecutor => ({
  execute: async (request, execution) => {
    const run = await findStep(request, directory);
    execution.emitStarted({});
    return run(request.input, createStepContext(request, execution, log));
  },
});

type RunStep = (input: Json, context: StepContext) => Promise<Json>;

const findStep = async ({ uses, stepId }: TaskRequest, directory: string): Promise<RunStep> => {
  const parsed = parseUses(uses);
  if (parsed?.kind === 'module') return loadModuleStep({ directory, path: parsed.path, exportName: parsed.exportName });
  const step = parsed?.kind === 'builtin' ? LOCAL_PLUGINS.get(parsed.plugin)?.steps.get(parsed.step) : undefined;
  if (step) return step.run;
  throw new PlatformError({
    code: 'IA_STEP_UNKNOWN',
    message: `Step '${stepId}' uses '${uses}', which can not run on the command line.`,
    hint: 'Plugins of the marketplace run on the platform; here there are core.*, http.request and ./file.ts#Export.',
  });
};

const createStepContext = (
  request: TaskRequest,
  { signal }: TaskExecution,
  log: (text: string) => void,
): StepContext => {
  const logAs =
    (level: string) =>
    (message: string): void =>
      log(`${request.stepId} ${level}: ${message}`);
  return {
    fetch: globalThis.fetch,
    logger: { debug: logAs('debug'), info: logAs('info'), warn: logAs('warn'), error: logAs('error') },
    signal,
    secrets: {},
    idempotencyKey: request.idempotencyKey,
    progress: () => {},
  };
};
