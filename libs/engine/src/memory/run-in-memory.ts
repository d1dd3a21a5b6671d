import { type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import type { PipelineDefinition } from '../definition/schema.ts';
import type { PipelineCatalog } from '../ports/pipeline-catalog.ts';
import type { RunCommand } from '../ports/durable-context.ts';
import type { TaskExecutor } from '../ports/task-executor.ts';
import { compilePipeline } from '../run/compile-pipeline.ts';
import { checkDebugSetup, checkForkPoint, type CommandProblem } from '../run/check-command.ts';
import type { DebugSetup, RunEvent } from '../run/events.ts';
import type { ForkedRun } from '../run/fork.ts';
import type { Plan } from '../run/plan.ts';
import { validateParameters } from '../validation/validate-parameters.ts';
import { createRealClock, createVirtualClock } from './memory-clock.ts';
import { type MemoryRun, type MemoryWaiting, startMemoryRun } from './memory-run.ts';
import { createMemoryWorld, type MemoryWorld } from './memory-world.ts';
import { createSharedStores, type SharedStores } from './shared-stores.ts';

/** A definition without errors, or its plan when it runs more than once. */
type PipelineSource = { readonly definition: PipelineDefinition } | { readonly plan: Plan };

/** What to run, and what it may use. */
export type RunInMemoryOptions = PipelineSource & {
  readonly parameters?: JsonObject;
  readonly trigger?: JsonObject;
  /** @default refuses every step but core.* */
  readonly executor?: TaskExecutor;
  /** Where sub-pipelines come from. @default there are none */
  readonly pipelines?: PipelineCatalog;
  /** Limits, cached results and what routers have learnt. @default one for the process */
  readonly stores?: SharedStores;
  /** `virtual` jumps over waits and starts at 0. @default 'real' */
  readonly clock?: 'real' | 'virtual';
  /** @default a random one */
  readonly runId?: string;
  /** @default derived from the run's id */
  readonly seed?: number;
  /** Breakpoints, mocks and inputs that hold from the beginning. */
  readonly debug?: DebugSetup;
  /** Repeats another run up to a step, see `forkRun`; parameters, trigger and debug are then the fork's. */
  readonly fork?: ForkedRun;
  /** Hears the events of the run itself, not of its sub-pipelines. */
  readonly onEvent?: (event: RunEvent) => void;
  /** Cancels the run. */
  readonly signal?: AbortSignal;
};

/** The same for a run that somebody talks to while it goes on. */
export type StartInMemoryOptions = RunInMemoryOptions & {
  /**
   * Called when only something from outside can take the run further; it may send that. When it does not, the run is given
   * up as `waiting`. Without it, the run stays open.
   */
  readonly onStalled?: (waiting: readonly MemoryWaiting[]) => void;
};

/** A run of this process while it goes on. */
export type MemoryRunHandle = {
  readonly runId: string;
  /** Resolves when the run has ended, or was given up. */
  readonly done: Promise<MemoryRun>;
  /**
   * Tells the run, or one of its sub-pipelines, something from outside.
   * @throws PlatformError `IA_RUN_COMMAND` when a debugger asks for what can't be done, or nobody asked about an attempt; other commands that come too late change nothing
   */
  readonly send: (command: RunCommand, runId?: string) => void;
  /** What the run and its sub-pipelines wait for now. */
  readonly waiting: () => readonly MemoryWaiting[];
};

const REFUSING_EXECUTOR: TaskExecutor = {
  execute: ({ uses, stepId }) =>
    Promise.reject(
      new PlatformError({
        code: 'IA_STEP_UNKNOWN',
        message: `Step '${stepId}' uses '${uses}', which nothing here can run.`,
      }),
    ),
};

const NO_PIPELINES: PipelineCatalog = { find: () => undefined };
const PROCESS_STORES = createSharedStores();

/**
 * Runs a pipeline in this process and keeps nothing. A run that only something from outside can take further ends as `waiting`.
 * @throws PlatformError `IA_PARAMETERS_INVALID`, with the diagnostics in its details; how the run itself ends is in the result
 */
export const runInMemory = async (options: RunInMemoryOptions): Promise<MemoryRun> =>
  startInMemory({ ...options, onStalled: () => undefined }).done;

/**
 * Starts a run in this process that can be told things while it runs: signals, decisions, commands of a debugger.
 * @throws PlatformError `IA_PARAMETERS_INVALID`, with the diagnostics in its details, and `IA_RUN_COMMAND` when debugger or fork name what is not there
 */
export const startInMemory = (options: StartInMemoryOptions): MemoryRunHandle => {
  const plan = 'plan' in options ? options.plan : compilePipeline(options.definition);
  const { fork } = options;
  checkDebugging(plan, options);
  const parameters = fork?.parameters ?? checkedParameters(plan, options.parameters ?? {});
  const runId = options.runId ?? crypto.randomUUID();
  let sent = 0;
  const clock = options.clock === 'virtual' ? createVirtualClock(fork?.startedAt ?? 0) : createRealClock();
  const stores = options.stores ?? PROCESS_STORES;
  const world: MemoryWorld = createMemoryWorld({
    clock,
    isWaitingForOthers: () => stores.slots.isWaitingForOthers(world),
    onStalled: () => {
      if (options.onStalled === undefined) return false;
      const before = sent;
      options.onStalled(root.waiting());
      return sent === before;
    },
  });
  const root = startMemoryRun({
    plan,
    runId,
    seed: options.seed ?? fork?.seed ?? seedOf(fork?.origin.runId ?? runId),
    parameters,
    trigger: fork?.trigger ?? options.trigger ?? { type: 'manual' },
    depth: 0,
    world,
    stores,
    executor: options.executor ?? REFUSING_EXECUTOR,
    pipelines: options.pipelines ?? NO_PIPELINES,
    debug: fork === undefined ? options.debug : fork.debug,
    fork,
    onEvent: options.onEvent,
  });
  const cancel = (): void => root.send({ kind: 'cancel_requested', reason: reasonOf(options.signal), by: null });
  if (options.signal?.aborted) cancel();
  options.signal?.addEventListener('abort', cancel, { once: true });
  return {
    runId,
    done: root.done.finally(() => {
      options.signal?.removeEventListener('abort', cancel);
      root.leave();
      world.clock.close();
    }),
    send: (command, target = runId) => {
      const run = root.find(target);
      const problem = run === undefined ? unknownRun(target, command) : run.check(command);
      if (problem !== undefined) throw new PlatformError(problem);
      sent += 1;
      run?.send(command);
    },
    waiting: root.waiting,
  };
};

const checkDebugging = (plan: Plan, { debug = {}, fork }: StartInMemoryOptions): void => {
  const problems = [
    checkDebugSetup(plan, debug),
    ...(fork?.origin.points ?? []).map((point) => checkForkPoint(plan, point)),
  ];
  const problem = problems.find((found) => found !== undefined);
  if (problem !== undefined) throw new PlatformError(problem);
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

const unknownRun = (runId: string, { kind }: RunCommand): CommandProblem | undefined =>
  kind === 'debug_command' || kind === 'effect_decided'
    ? { code: 'IA_RUN_COMMAND', message: `There is no run '${runId}' here that goes on.` }
    : undefined;

const seedOf = (runId: string): number => {
  let seed = 0;
  for (let index = 0; index < runId.length; index += 1) seed = (Math.imul(seed, 31) + runId.charCodeAt(index)) >>> 0;
  return seed;
};

const reasonOf = (signal: AbortSignal | undefined): string | null =>
  typeof signal?.reason === 'string' ? signal.reason : null;
