import { fileURLToPath } from 'node:url';
import {
  createSharedStores,
  startInMemory,
  validatePipeline,
  withSecrets,
  type JsonObject,
  type MemoryRun,
  type MemoryRunHandle,
  type PipelineValidation,
} from '@ia-modules/engine';
import { createModuleCheck } from '../src/modules/module-check.ts';
import { createPipelineFolder } from '../src/pipelines/pipeline-folder.ts';
import { type Discovery, discoverPlugins } from '../src/discovery/discover-plugins.ts';
import { readPluginConfig } from '../src/discovery/plugin-config.ts';
import { loadServices } from '../src/run/load-services.ts';
import { createLocalCatalog } from '../src/steps/local-catalog.ts';
import { createLocalExecutor } from '../src/steps/local-executor.ts';
import { callsIn } from './calls-in.ts';
import { createScript, type DocumentedRun, type Outcome } from './documented-runs.ts';

/** The services that the documents' steps ask for. */
const SERVICES = fileURLToPath(new URL('../../../examples/steps/numbers.ts', import.meta.url));

/** The secrets that the documents read. */
const SECRETS: ReadonlyMap<string, string> = new Map([['SHOP_TOKEN', 'token-of-the-shop']]);

export const diagnoseDocumented = (text: string, directory: string): PipelineValidation =>
  validatePipeline(text, {
    catalog: createLocalCatalog(findPlugins(text, directory)),
    modules: createModuleCheck(directory),
    pipelines: createPipelineFolder(directory),
  });

const findPlugins = (text: string, directory: string): Discovery =>
  discoverPlugins(directory, readPluginConfig(JSON.parse(text)));

export type DocumentedPipeline = { readonly text: string; readonly run: DocumentedRun; readonly directory: string };

/** Runs a pipeline and says how it ended, in the notation of the documents; warnings count as errors. */
export const outcomeOf = async ({ text, run, directory }: DocumentedPipeline): Promise<Outcome> => {
  const { definition, diagnostics } = diagnoseDocumented(text, directory);
  if (definition === undefined || diagnostics.length > 0) {
    return {
      text: `refused ${diagnostics.map(({ code, path }) => `${code} ${path}`).join(', ')}`,
      durationMs: undefined,
    };
  }
  const script = createScript(run.commands);
  const registry = await loadServices(SERVICES);
  await using services = registry.openProcess();
  const { found, packages } = findPlugins(text, directory);
  const local = createLocalExecutor({
    directory,
    log: () => undefined,
    plugins: found,
    findPackage: packages.find,
    calls: callsIn(directory, { findPackage: packages.find }),
    services: services.openRun(),
  });
  const handle: MemoryRunHandle = startInMemory({
    definition,
    parameters: JSON.parse(run.parameters) as JsonObject,
    trigger: { type: 'manual', by: 'ann' },
    runId: 'documented',
    executor: withSecrets(local, (name) => SECRETS.get(name)),
    pipelines: createPipelineFolder(directory),
    stores: createSharedStores(),
    clock: 'virtual',
    onStalled: () => undefined,
    onEvent: (event) => {
      for (const command of script(event)) handle.send(command);
    },
  });
  const ended = await handle.done;
  const { startedAt, finishedAt } = ended.view;
  const durationMs = (finishedAt ?? 0) - (startedAt ?? 0);
  return { text: printOutcome(ended), durationMs: run.expected.durationMs === undefined ? undefined : durationMs };
};

const printOutcome = ({ view, waiting }: MemoryRun): string => {
  if (view.status === 'succeeded') return `succeeded ${JSON.stringify(view.outputs)}`;
  if (waiting.length > 0) {
    return `waiting ${waiting.map(({ reason, stepId }) => (stepId === null ? reason : `${reason} ${stepId}`)).join(', ')}`;
  }
  const ending = view.error === null ? view.status : `${view.status} ${view.error.code}`;
  const undone = view.compensations.map(({ stepId, index }) => (index === undefined ? stepId : `${stepId}/${index}`));
  return undone.length === 0 ? ending : `${ending}, undone ${undone.join(' ')}`;
};
