import {
  compilePipeline,
  createSharedStores,
  startInMemory,
  validatePipeline,
  type ForkedRun,
  type JsonObject,
  type MemoryRun,
  type PipelineDefinition,
  type Plan,
  type RunEvent,
} from '@ia-modules/engine';
import { describesEvent } from './event-label.ts';
import type { GoldenCase, ScriptedCommand } from './golden-case.ts';
import { createScriptedExecutor } from './scripted-executor.ts';

export const GOLDEN_RUN_ID = 'golden';
export const GOLDEN_SEED = 42;

/** What of a case is needed to run it. */
export type RunnableCase = Omit<GoldenCase, 'ruling' | 'expect'>;

export type GoldenRun = { readonly plan: Plan; readonly events: readonly RunEvent[]; readonly run: MemoryRun };

/** Runs a case, or a fork of it, in virtual time, in a process that remembers nothing of other runs. */
export const runGolden = async (golden: RunnableCase, fork?: ForkedRun): Promise<GoldenRun> => {
  const pipelines = createCatalog(golden.pipelines ?? {});
  const plan = compilePipeline(checked(golden.definition, pipelines));
  const events: RunEvent[] = [];
  const script = (golden.commands ?? []).map(createTrigger);
  const due: ScriptedCommand[] = [];
  let sendDue = (): void => {};
  const { done, send } = startInMemory({
    plan,
    parameters: golden.parameters,
    ...(golden.trigger === undefined ? {} : { trigger: golden.trigger }),
    ...(golden.debug === undefined ? {} : { debug: golden.debug }),
    pipelines,
    executor: createScriptedExecutor(golden.tasks),
    stores: createSharedStores(),
    clock: 'virtual',
    runId: GOLDEN_RUN_ID,
    seed: GOLDEN_SEED,
    ...(fork === undefined ? {} : { fork }),
    onStalled: () => {},
    onEvent: (event) => {
      events.push(event);
      for (const trigger of script) if (trigger.isDue(event)) due.push(trigger.command);
      sendDue();
    },
  });
  // The first events are recorded before there is a handle to send anything through.
  sendDue = () => {
    for (const command of due.splice(0)) send(command.send);
  };
  sendDue();
  return { plan, events, run: await done };
};

const createTrigger = (command: ScriptedCommand) => {
  let remaining = command.nth ?? 1;
  return {
    command,
    isDue: (event: RunEvent): boolean => {
      if (remaining === 0 || !describesEvent(command.after, event)) return false;
      remaining -= 1;
      return remaining === 0;
    },
  };
};

type Catalog = { find(name: string, range: string): PipelineDefinition | undefined };

const createCatalog = (pipelines: Readonly<Record<string, JsonObject>>): Catalog => {
  const found = new Map<string, PipelineDefinition>();
  const catalog: Catalog = { find: (name) => found.get(name) };
  for (const [name, value] of Object.entries(pipelines)) {
    // A pipeline that calls itself has to be there before it is checked.
    found.set(name, value as PipelineDefinition);
    found.set(name, checked(value, catalog));
  }
  return catalog;
};

const checked = (value: JsonObject, pipelines: Catalog): PipelineDefinition => {
  const { definition, diagnostics } = validatePipeline(value, { pipelines });
  if (definition !== undefined) return definition;
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  throw new Error(errors.map(({ path, code, message }) => `${path} ${code} ${message}`).join('\n'));
};
