import {
  type Json,
  type JsonObject,
  type PipelineDefinition,
  type RunEvent,
  type PipelineCatalog,
  type RunCommand,
  startInMemory,
  type Status,
  type TaskExecutor,
  validatePipeline,
} from '@ia-modules/engine';
import { outcomeOf } from './outcome-of.ts';
import { APPROVER, SIGNAL } from './pipelines.ts';

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
export const expectedOutcome = async (
  value: PipelineDefinition,
  parameters: JsonObject,
  others: readonly PipelineDefinition[] = [],
): Promise<Outcome> => {
  const events: RunEvent[] = [];
  const run = startInMemory({
    definition: checked(value),
    parameters,
    executor: memoryExecutor,
    pipelines: catalogOf(others),
    onEvent: (event) => {
      events.push(event);
      const answer = answerTo(event);
      if (answer !== undefined) setImmediate(() => run.send(answer));
    },
  });
  const { view } = await run.done;
  return {
    status: view.status,
    outputs: view.outputs,
    errorCode: view.error?.code ?? null,
    succeeded: succeededKeys(events),
  };
};

const answerTo = ({ type, stepId = '' }: RunEvent): RunCommand | undefined => {
  if (type === 'signal_awaited') return { kind: 'signal_received', ...SIGNAL };
  if (type === 'approval_requested') return { kind: 'approval_decided', key: stepId, decision: 'approve', ...APPROVER };
  return undefined;
};

const checked = (value: PipelineDefinition): PipelineDefinition => {
  const { definition, diagnostics } = validatePipeline(value);
  if (definition !== undefined) return definition;
  throw new TypeError(diagnostics.map(({ path, message }) => `${path} ${message}`).join('\n'));
};

const catalogOf = (definitions: readonly PipelineDefinition[]): PipelineCatalog => ({
  find: (name) => definitions.find((definition) => definition.name === name),
});

/** What of a log was recorded as done, each under the part of its idempotency key that all runs share. */
export const succeededKeys = (events: readonly RunEvent[]): readonly string[] =>
  events.filter(({ type }) => type === 'task_succeeded').map(effectKey);

export const effectKey = ({ stepId = '', iteration = '', index = '', part }: Omit<RunEvent, 'data'>): string =>
  `${stepId}/${iteration}/${index}${part === undefined ? '' : `/${part}`}`;
