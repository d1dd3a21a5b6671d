import {
  type Json,
  type JsonObject,
  type PipelineDefinition,
  type RunEvent,
  runInMemory,
  type Status,
  type TaskExecutor,
  validatePipeline,
} from '@ia-modules/engine';
import { outcomeOf } from './outcome-of.ts';

/** How a run ends, in the words that runs in memory and in the database have in common. */
export type Outcome = Readonly<{
  status: Status;
  outputs: Json;
  errorCode: string | null;
  /** Idempotency keys, without the run, of all that succeeded. */
  succeeded: readonly string[];
}>;

export const memoryExecutor: TaskExecutor = { execute: async (request) => outcomeOf(request) };

/** Runs the pipeline in memory, where nothing can go wrong: what every run of it must come to. */
export const expectedOutcome = async (value: PipelineDefinition, parameters: JsonObject): Promise<Outcome> => {
  const { definition, diagnostics } = validatePipeline(value);
  if (definition === undefined)
    throw new TypeError(diagnostics.map(({ path, message }) => `${path} ${message}`).join('\n'));
  const events: RunEvent[] = [];
  const { view } = await runInMemory({
    definition,
    parameters,
    executor: memoryExecutor,
    clock: 'virtual',
    onEvent: (event) => events.push(event),
  });
  return {
    status: view.status,
    outputs: view.outputs,
    errorCode: view.error?.code ?? null,
    succeeded: succeededKeys(events),
  };
};

/** What of a log was recorded as done, each under the part of its idempotency key that all runs share. */
export const succeededKeys = (events: readonly RunEvent[]): readonly string[] =>
  events.filter(({ type }) => type === 'task_succeeded').map(effectKey);

export const effectKey = ({ stepId = '', iteration = '', index = '', part }: Omit<RunEvent, 'data'>): string =>
  `${stepId}/${iteration}/${index}${part === undefined ? '' : `/${part}`}`;
