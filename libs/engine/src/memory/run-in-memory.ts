import { type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import type { PipelineDefinition } from '../definition/schema.ts';
import type { TaskExecutor } from '../ports/task-executor.ts';
import { compilePipeline } from '../run/compile-pipeline.ts';
import type { RunEvent } from '../run/events.ts';
import { interpret } from '../run/interpret.ts';
import type { Plan } from '../run/plan.ts';
import { createProjection, type RunView } from '../run/projection.ts';
import { validateParameters } from '../validation/validate-parameters.ts';
import { createRealClock, createVirtualClock } from './memory-clock.ts';
import { MemoryContext } from './memory-context.ts';

/** A definition without errors, or its plan when it runs more than once. */
type PipelineSource = { readonly definition: PipelineDefinition } | { readonly plan: Plan };

export type RunInMemoryOptions = PipelineSource & {
  readonly parameters?: JsonObject;
  readonly trigger?: JsonObject;
  /** @default refuses every step but core.* */
  readonly executor?: TaskExecutor;
  /** `virtual` jumps over waits and starts at 0. @default 'real' */
  readonly clock?: 'real' | 'virtual';
  /** @default a random one */
  readonly runId?: string;
  /** @default derived from the run's id */
  readonly seed?: number;
  readonly onEvent?: (event: RunEvent) => void;
  /** Cancels the run. */
  readonly signal?: AbortSignal;
};

export type MemoryRun = { readonly runId: string; readonly view: RunView; readonly eventCount: number };

const REFUSING_EXECUTOR: TaskExecutor = {
  execute: ({ uses, stepId }) =>
    Promise.reject(
      new PlatformError({
        code: 'IA_STEP_UNKNOWN',
        message: `Step '${stepId}' uses '${uses}', which nothing here can run.`,
      }),
    ),
};

/**
 * Runs a pipeline to its end in this process and keeps nothing.
 * @throws PlatformError `IA_PARAMETERS_INVALID`, with the diagnostics in its details; how the run itself ends is in the result
 */
export const runInMemory = async (options: RunInMemoryOptions): Promise<MemoryRun> => {
  const plan = 'plan' in options ? options.plan : compilePipeline(options.definition);
  const parameters = checkedParameters(plan, options.parameters ?? {});
  const runId = options.runId ?? crypto.randomUUID();
  const projection = createProjection(plan);
  const context = new MemoryContext({
    runId,
    seed: options.seed ?? seedOf(runId),
    clock: options.clock === 'virtual' ? createVirtualClock(0) : createRealClock(),
    executor: options.executor ?? REFUSING_EXECUTOR,
    onEvent: (event) => {
      projection.apply(event);
      options.onEvent?.(event);
    },
  });
  const cancel = (): void => context.requestCancel(reasonOf(options.signal));
  if (options.signal?.aborted) cancel();
  options.signal?.addEventListener('abort', cancel, { once: true });
  try {
    const { name, version } = plan.definition;
    const pipeline = version === undefined ? { name } : { name, version };
    await interpret({ plan, context, parameters, trigger: options.trigger ?? { type: 'manual' }, pipeline });
  } finally {
    options.signal?.removeEventListener('abort', cancel);
    context.close();
  }
  return { runId, view: projection.view, eventCount: context.eventCount };
};

const checkedParameters = (plan: Plan, given: JsonObject): JsonObject => {
  const { parameters, diagnostics } = validateParameters(plan.definition, given);
  if (parameters !== undefined) return parameters;
  throw new PlatformError({
    code: 'IA_PARAMETERS_INVALID',
    message: diagnostics.map(({ path, message }) => `${path} ${message}`).join('; '),
    details: { diagnostics },
  });
};

const seedOf = (runId: string): number => {
  let seed = 0;
  for (let index = 0; index < runId.length; index += 1) seed = (Math.imul(seed, 31) + runId.charCodeAt(index)) >>> 0;
  return seed;
};

const reasonOf = (signal: AbortSignal | undefined): string | null =>
  typeof signal?.reason === 'string' ? signal.reason : null;
