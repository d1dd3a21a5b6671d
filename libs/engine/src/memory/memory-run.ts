import { type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import { createRunFeed } from '../feed/run-feed.ts';
import type { PipelineCatalog } from '../ports/pipeline-catalog.ts';
import type { ChildRequest, RunCommand } from '../ports/durable-context.ts';
import type { TaskExecutor } from '../ports/task-executor.ts';
import { childParameters, settleChild, unknownSubpipeline } from '../run/child-run.ts';
import { compilePipeline } from '../run/compile-pipeline.ts';
import { checkCommand, type CommandProblem } from '../run/check-command.ts';
import type { DebugSetup, RunEvent } from '../run/events.ts';
import type { ForkedRun } from '../run/fork.ts';
import { interpret } from '../run/interpret.ts';
import type { Plan } from '../run/plan.ts';
import { createProjection, type RunView } from '../run/projection.ts';
import { toRecordedError } from '../run/recorded-error.ts';
import type { RunState } from '../run/state.ts';
import { explainWaits, type Waiting } from '../run/waiting.ts';
import type { TaskEnd } from './memory-attempts.ts';
import { type MemoryChild, MemoryContext, STALLED_RUN } from './memory-context.ts';
import type { MemoryWorld } from './memory-world.ts';
import type { SharedStores } from './shared-stores.ts';

/** What a run in memory waits for, with the run that does: itself or a sub-pipeline. */
export type MemoryWaiting = Waiting & { readonly runId: string };

/** What became of a run in memory: it has ended, or waits for something that only comes from outside. */
export type MemoryRun = {
  readonly runId: string;
  readonly view: RunView;
  readonly eventCount: number;
  /** What a run that was given up waits for; empty for one that has ended. */
  readonly waiting: readonly MemoryWaiting[];
};

export type MemoryRunOptions = {
  readonly plan: Plan;
  readonly runId: string;
  readonly seed: number;
  readonly parameters: JsonObject;
  readonly trigger: JsonObject;
  readonly depth: number;
  readonly world: MemoryWorld;
  readonly stores: SharedStores;
  readonly executor: TaskExecutor;
  readonly pipelines: PipelineCatalog;
  readonly debug?: DebugSetup | undefined;
  readonly fork?: ForkedRun | undefined;
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
};

/** A run of this process, with the sub-pipelines that it has started. */
export type ActiveRun = {
  readonly runId: string;
  readonly done: Promise<MemoryRun>;
  readonly send: (command: RunCommand) => void;
  /** Why the run could not do that now. */
  readonly check: (command: RunCommand) => CommandProblem | undefined;
  readonly waiting: () => readonly MemoryWaiting[];
  readonly find: (runId: string) => ActiveRun | undefined;
  /** To be called once whoever waits for the run's end has been told: until then time stands still. */
  readonly leave: () => void;
};

export const startMemoryRun = (options: MemoryRunOptions): ActiveRun => {
  const { plan, runId, seed, world, stores, executor, onEvent } = options;
  const projection = createProjection(plan);
  const feed = createRunFeed({ plan, runId, executor, run: { pipeline: plan.definition.name } });
  const children = new Map<string, ActiveRun>();
  const settled: Promise<unknown>[] = [];
  let state: RunState | undefined;
  const context = new MemoryContext({
    runId,
    seed,
    pipelineName: plan.definition.name,
    world,
    stores,
    executor,
    ...(options.fork === undefined ? {} : { replayed: options.fork.settlements }),
    onEvent: (event) => {
      projection.apply(event);
      feed?.offer(event);
      onEvent?.(event);
    },
    startChild: (request, settle) => startChild(options, { request, settle, children, settled }),
  });
  const waiting = (): readonly MemoryWaiting[] => [
    ...(state === undefined ? [] : explainWaits(plan, state).map((item) => ({ ...item, runId }))),
    ...[...children.values()].flatMap((child) => child.waiting()),
  ];
  const run = async (): Promise<MemoryRun> => {
    // The caller gets the handle before anything happens: what it sends at once comes after the run's start.
    await Promise.resolve();
    let left: readonly MemoryWaiting[] = [];
    try {
      await interpret({
        ...startOf(options),
        plan,
        context,
        onState: (current) => {
          state = current;
        },
      });
    } catch (error) {
      if (!(error instanceof PlatformError) || error.code !== STALLED_RUN) throw error;
      left = waiting();
    } finally {
      context.close();
    }
    await Promise.all(settled);
    await feed?.flush();
    return { runId, view: projection.view, eventCount: context.eventCount, waiting: left };
  };
  const active: ActiveRun = {
    runId,
    done: run(),
    send: (command) => context.send(command),
    check: (command) => checkCommand(plan, state, command),
    waiting,
    leave: () => world.leave(),
    find: (target) => {
      if (target === runId) return active;
      for (const child of children.values()) {
        const found = child.find(target);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
  return active;
};

const startOf = ({ plan, parameters, trigger, depth, debug, fork, seed }: MemoryRunOptions) => {
  const { name, version } = plan.definition;
  return {
    parameters,
    trigger,
    pipeline: version === undefined ? { name } : { name, version },
    depth,
    ...(debug === undefined ? {} : { debug }),
    ...(fork === undefined ? {} : { fork: { ...fork.origin, seed } }),
  };
};

type ChildStart = {
  readonly request: ChildRequest;
  readonly settle: (end: TaskEnd) => void;
  readonly children: Map<string, ActiveRun>;
  readonly settled: Promise<unknown>[];
};

/** A sub-pipeline that can't even start settles like one that failed. */
const startChild = (options: MemoryRunOptions, { request, settle, children, settled }: ChildStart): MemoryChild => {
  const { key } = request;
  try {
    const plan = compilePipeline(findPipeline(options.pipelines, request));
    const child = startMemoryRun({
      plan,
      runId: `${options.runId}/${key}`,
      seed: options.seed,
      parameters: childParameters(plan.definition, request),
      trigger: { type: 'pipeline', run: options.runId, step: request.stepId },
      depth: request.depth,
      world: options.world,
      stores: options.stores,
      executor: options.executor,
      pipelines: options.pipelines,
    });
    children.set(key, child);
    const handOver = async (): Promise<void> => {
      const { view, waiting } = await child.done;
      if (waiting.length === 0) {
        children.delete(key);
        settle(settleChild(request, view));
      }
      child.leave();
    };
    settled.push(handOver());
    return { cancel: (reason) => child.send({ kind: 'cancel_requested', reason, by: null }) };
  } catch (error) {
    const failure: TaskEnd = { kind: 'task_failed', key, error: toRecordedError(error) };
    options.world.begin();
    queueMicrotask(() => {
      settle(failure);
      options.world.end();
    });
    return { cancel: () => undefined };
  }
};

const findPipeline = (pipelines: PipelineCatalog, request: ChildRequest) => {
  const definition = pipelines.find(request.pipeline, request.range);
  if (definition !== undefined) return definition;
  throw unknownSubpipeline(request);
};
