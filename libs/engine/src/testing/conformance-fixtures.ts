import { PlatformError, type Json, type JsonObject } from '@ia-modules/plugin-sdk';
import type { PipelineDefinition } from '../definition/schema.ts';
import type { RunCommand, TaskRequest } from '../ports/durable-context.ts';
import type { PipelineCatalog } from '../ports/pipeline-catalog.ts';
import type { TaskExecution, TaskExecutor } from '../ports/task-executor.ts';
import type { RunEvent } from '../run/events.ts';
import type { RunView } from '../run/projection.ts';
import { validatePipeline } from '../validation/validate-pipeline.ts';

export type StartConformanceRun = {
  readonly definition: PipelineDefinition;
  readonly parameters?: JsonObject;
  readonly executor: TaskExecutor;
  /** What `pipeline:` steps find; empty unless the adapter can run children. */
  readonly pipelines: PipelineCatalog;
};

export type ConformanceRun = {
  /** Asks the run to stop, as a user would. */
  cancel(reason: string): Promise<void> | void;
  /** Tells the run something; resolves when it can't be lost any more. Needed for `commands`. */
  send?(command: RunCommand): Promise<void> | void;
  /** The whole log, once the run has ended. */
  finished(): Promise<readonly RunEvent[]>;
};

/** What an adapter of the durable context gives to the suite. */
export type ConformanceHarness = {
  start(run: StartConformanceRun): Promise<ConformanceRun> | ConformanceRun;
  close?(): Promise<void> | void;
};

/** What not every adapter can do: signals and votes, sub-pipelines, concurrency keys, caches, routers that learn. */
export type ConformanceCapability = 'commands' | 'children' | 'slots' | 'cache' | 'routers';

/** Runs a pipeline to its end. */
export type RunConformance = (
  definition: PipelineDefinition,
  options?: {
    readonly parameters?: JsonObject;
    readonly pipelines?: Readonly<Record<string, PipelineDefinition>>;
    /** What `test.tell` does with the run it is part of. */
    readonly tell?: (send: (command: RunCommand) => Promise<void> | void) => Promise<void>;
  },
) => Promise<{
  readonly events: readonly RunEvent[];
  readonly view: RunView;
  readonly calls: readonly string[];
  readonly mostAtOnce: number;
}>;

export type StepInit = PipelineDefinition['steps'][number];
export type FlowInit = NonNullable<PipelineDefinition['flow']>;

export const pipeline = (steps: StepInit[], flow: FlowInit = {}, outputs: JsonObject = {}): PipelineDefinition => {
  const { definition, diagnostics } = validatePipeline({ name: 'conformance', steps, flow, outputs });
  if (definition) return definition;
  throw new Error(diagnostics.map(({ message }) => message).join('\n'));
};

export const noop = (id: string, extra: Partial<StepInit> = {}): StepInit => ({ id, uses: 'core.noop', ...extra });
export const task = (id: string, uses: string, extra: Partial<StepInit> = {}): StepInit => ({
  id,
  uses: `test.${uses}`,
  ...extra,
});
export const chain = (...ids: string[]): FlowInit['transitions'] =>
  ids.slice(1).map((to, index) => ({ from: ids[index] ?? '', to }));

export type ConformanceExecutor = TaskExecutor & {
  /** `stepId@attempt` of every call, with `#iteration/index` in the middle where there are any. */
  readonly calls: string[];
  /** The most calls of `test.pass` that ran at once. */
  readonly mostAtOnce: number;
  onHang: () => void;
  /** Settles before `test.tell` does. */
  onTell: () => Promise<void>;
};

/** Steps whose behaviour the suite controls: no timing decides a result. */
export const createExecutor = (): ConformanceExecutor => {
  let runningNow = 0;
  const executor = {
    calls: [] as string[],
    mostAtOnce: 0,
    onHang: () => {},
    onTell: () => Promise.resolve(),
    execute: async (request: TaskRequest, { signal, emitStarted }: TaskExecution): Promise<Json> => {
      const { uses, input, attempt } = request;
      executor.calls.push(callOf(request));
      switch (uses) {
        case 'test.echo':
          return input;
        case 'test.flaky':
          if (attempt < Number((input as JsonObject)['succeeds_at'])) throw new Error(`attempt ${attempt} fails`);
          return { attempt };
        case 'test.lost':
          if (attempt === 1) throw lost();
          return input;
        case 'test.hang':
          if ((input as JsonObject)['breaks'] === true) throw new Error('broken on purpose');
          if ((input as JsonObject)['begins'] === true) await emitStarted({});
          executor.onHang();
          return new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
          });
        case 'test.tell':
          await executor.onTell();
          return null;
        case 'test.pass':
          runningNow += 1;
          executor.mostAtOnce = Math.max(executor.mostAtOnce, runningNow);
          await afterOtherWork();
          runningNow -= 1;
          return input;
        case 'test.second_attempt':
          return attempt > 1;
        default:
          throw new Error('broken on purpose');
      }
    },
  };
  return executor;
};

const lost = (): PlatformError =>
  new PlatformError({
    code: 'IA_TASK_FAILED',
    message: 'The connection was lost after it was sent.',
    disposition: 'retry',
    details: { outcome: 'unknown' },
  });

const callOf = ({ stepId, iteration, index, attempt }: TaskRequest): string =>
  `${stepId}${iteration === '' && index === '' ? '' : `#${iteration}/${index}`}@${attempt}`;

/** Lets everything run that is ready, so that calls which may run at once do. */
const afterOtherWork = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const typesOf = (events: readonly RunEvent[]): string[] =>
  events.map((event) => (event.stepId === undefined ? event.type : `${event.type}:${event.stepId}`));

export const statuses = (view: RunView): Record<string, string> =>
  Object.fromEntries(Object.entries(view.steps).map(([id, step]) => [id, step.status]));
