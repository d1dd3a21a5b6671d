import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { startInMemory, type MemoryRunHandle, type StartInMemoryOptions } from '../memory/run-in-memory.ts';
import type { MemoryWaiting } from '../memory/memory-run.ts';
import { createSharedStores } from '../memory/shared-stores.ts';
import type { TaskRequest } from '../ports/durable-context.ts';
import type { TaskExecution } from '../ports/task-executor.ts';
import { compilePipeline } from '../run/compile-pipeline.ts';
import type { DebugCommand, RunEvent } from '../run/events.ts';
import { validatePipeline } from '../validation/validate-pipeline.ts';

/** What a step type does, by its `uses`. */
export type SessionSteps = Readonly<
  Record<string, (request: TaskRequest, execution: TaskExecution) => Json | Promise<Json>>
>;

export type SessionOptions = Omit<
  StartInMemoryOptions,
  'definition' | 'plan' | 'executor' | 'onStalled' | 'onEvent' | 'pipelines'
> & {
  readonly steps?: SessionSteps;
  readonly pipelines?: Readonly<Record<string, JsonObject>>;
  /** Called one after the other, each time when only something from outside takes the run further. */
  readonly whenStalled?: readonly ((run: MemoryRunHandle, waiting: readonly MemoryWaiting[]) => void)[];
};

const definitionOf = (name: string, pipeline: JsonObject) => {
  const { definition, diagnostics } = validatePipeline({ name, ...pipeline });
  if (definition) return definition;
  throw new Error(diagnostics.map(({ path, message }) => `${path} ${message}`).join('\n'));
};

/** Runs a pipeline in memory, in virtual time, with somebody at hand who answers when it waits. */
export const startSession = (pipeline: JsonObject, options: SessionOptions = {}) => {
  const { steps = {}, pipelines = {}, whenStalled = [], ...rest } = options;
  const plan = compilePipeline(definitionOf('session', pipeline));
  const known = new Map(Object.entries(pipelines).map(([name, child]) => [name, definitionOf(name, child)]));
  const events: RunEvent[] = [];
  const calls: { readonly key: string; readonly input: Json }[] = [];
  const answers = [...whenStalled];
  const handle = startInMemory({
    clock: 'virtual',
    runId: 'r1',
    stores: createSharedStores(),
    ...rest,
    plan,
    pipelines: { find: (name) => known.get(name) },
    executor: {
      execute: async (request, execution) => {
        calls.push({ key: request.key, input: request.input });
        const step = steps[request.uses];
        if (step === undefined) throw new Error(`${request.uses} fails`);
        return step(request, execution);
      },
    },
    onEvent: (event) => events.push(event),
    onStalled: (waiting) => answers.shift()?.(handle, waiting),
  });
  return { ...handle, plan, events, calls };
};

/** A debugger's command as a run takes it. */
export const debugging = (command: DebugCommand) => ({ kind: 'debug_command', command }) as const;

export const chainOf = (...ids: string[]): JsonObject[] =>
  ids.slice(1).map((to, index) => ({ from: ids[index] ?? '', to }));
