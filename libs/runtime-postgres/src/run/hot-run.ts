import {
  createReporterFeed,
  interpret,
  type RecordedError,
  type RunEvent,
  type TaskExecutor,
  toRecordedError,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Metrics } from '@ia-modules/telemetry';
import { createBackoff } from '../database/backoff.ts';
import type { GroupCommitter } from '../log/group-committer.ts';
import { type CancelRequest, PostgresContext, type PostgresContextOptions } from './postgres-context.ts';
import { createRunMetrics, meterExecutor } from './run-metrics.ts';
import type { LoadProgram, RunProgram } from './run-program.ts';
import type { RunSharing } from './run-sharing.ts';
import type { RunStore, StoredRun } from './run-store.ts';
import type { RuntimeLog } from '../runtime-log.ts';

/** How a run left this worker: ended in its log, given up for another holder, or set aside as it can't even be failed. */
export type RunOutcome = 'ended' | 'given_up' | 'set_aside';

/** A run in this worker's memory. */
export type HotRun = {
  readonly run: StoredRun;
  /** A run that waits takes no slot. */
  readonly isWaiting: boolean;
  readonly outcome: Promise<RunOutcome>;
  /** Resolves when the run has caught up with its log, or left. */
  readonly caughtUp: Promise<void>;
  requestCancel(request: CancelRequest): void;
  /** Gives the run up; its log stays as it is and another holder goes on with it. */
  giveUp(reason: PlatformError): void;
};

export type HotRunOptions = {
  readonly run: StoredRun;
  readonly store: Pick<RunStore, 'readLog' | 'readRuns'>;
  readonly loadProgram: LoadProgram;
  readonly committer: Pick<GroupCommitter, 'append'>;
  readonly executorFor: (run: StoredRun, program: RunProgram) => TaskExecutor;
  readonly sharing: RunSharing;
  readonly metrics: Metrics;
  readonly log: RuntimeLog;
  readonly cancelRequests: readonly CancelRequest[];
  readonly onWaiting: () => void;
};

/** Starts a run or goes on with it from its log, to its end. */
export const startHotRun = (options: HotRunOptions): HotRun => {
  const { run } = options;
  const givenUp = new AbortController();
  const cancelRequests = [...options.cancelRequests];
  const caughtUp = Promise.withResolvers<void>();
  let context: PostgresContext | undefined;
  let isWaiting = run.status === 'waiting';

  const work = async (): Promise<RunOutcome> => {
    try {
      const [program, stored] = await retryWhileUnreachable(givenUp.signal, () =>
        Promise.all([options.loadProgram(run), run.lastSeq === 0 ? [] : options.store.readLog(run)]),
      );
      context = openContext(options, { program, stored }, { onAppended: noteWaiting, onLive: caughtUp.resolve });
      for (const request of cancelRequests) context.requestCancel(request);
      await interpret({
        plan: program.plan,
        context,
        parameters: run.parameters,
        trigger: run.trigger,
        pipeline: program.pipeline,
      });
      await context.flush();
      return 'ended';
    } catch (error) {
      return await handleFailure(options, { error, context, signal: givenUp.signal });
    } finally {
      context?.abandon(ended());
      caughtUp.resolve();
    }
  };

  const noteWaiting = (event: RunEvent): void => {
    if (event.type === 'run_resumed') isWaiting = false;
    if (event.type !== 'run_waiting') return;
    isWaiting = true;
    options.onWaiting();
  };

  return {
    run,
    get isWaiting() {
      return isWaiting;
    },
    outcome: work(),
    caughtUp: caughtUp.promise,
    requestCancel: (request) => {
      if (context === undefined) cancelRequests.push(request);
      else context.requestCancel(request);
    },
    giveUp: (reason) => {
      givenUp.abort(reason);
      context?.abandon(reason);
    },
  };
};

type LoadedRun = { readonly program: RunProgram; readonly stored: readonly RunEvent[] };

/** Metrics hear of events when they are made, the pipeline's reporters when they are committed. */
const openContext = (
  { run, committer, executorFor, sharing, metrics }: HotRunOptions,
  { program, stored }: LoadedRun,
  { onAppended, onLive }: Required<Pick<PostgresContextOptions, 'onAppended' | 'onLive'>>,
): PostgresContext => {
  const { tenantId, pipelineId, pipelineName, runId, seed } = run;
  const observe = createRunMetrics(metrics, { pipelineName, stored });
  const executor = meterExecutor(executorFor(run, program), metrics, pipelineName);
  const reporters = createReporterFeed(program.plan, runId, executor);
  return new PostgresContext({
    tenantId,
    pipelineId,
    runId,
    seed,
    stored,
    committer,
    executor,
    sharing,
    onAppended: (event) => {
      observe(event);
      onAppended(event);
    },
    onCommitted: (events) => {
      for (const event of events) reporters.offer(event);
    },
    onLive,
  });
};

/** Whatever broke the run, it is recorded as failed, so that nobody starts it again and again. */
const handleFailure = async (
  options: HotRunOptions,
  failure: {
    readonly error: unknown;
    readonly context: PostgresContext | undefined;
    readonly signal: AbortSignal;
  },
): Promise<RunOutcome> => {
  const { error, context, signal } = failure;
  await context?.flush().catch(() => undefined);
  if (isGivenUp(error)) return 'given_up';
  options.log.error({ err: error, runId: options.run.runId }, 'The run can not go on: it fails.');
  try {
    const [current] = await retryWhileUnreachable(signal, () => options.store.readRuns([options.run]));
    await recordFailure(options, toRunError(error), current?.lastSeq ?? options.run.lastSeq);
    return 'ended';
  } catch (appendError) {
    return isGivenUp(appendError) ? 'given_up' : 'set_aside';
  }
};

const recordFailure = async (
  { run, committer }: HotRunOptions,
  error: RecordedError,
  lastSeq: number,
): Promise<void> => {
  const place = { runId: run.runId, at: Date.now() };
  const failed: RunEvent = { ...place, seq: lastSeq + 1, type: 'run_failed', data: { error } };
  const { tenantId, runId, parameters, trigger, pipelineName: name } = run;
  const started: RunEvent = {
    ...place,
    seq: 1,
    type: 'run_started',
    data: { parameters, trigger, pipeline: { name } },
  };
  const events = lastSeq === 0 ? [started, { ...failed, seq: 2 }] : [failed];
  await committer.append({ tenantId, runId, events });
};

const isGivenUp = (error: unknown): boolean =>
  error instanceof PlatformError && (error.code === 'IA_RUNTIME_STOPPED' || error.code === 'IA_RUNTIME_LEASE_LOST');

const toRunError = (error: unknown): RecordedError =>
  toRecordedError(
    error instanceof PlatformError
      ? error
      : new PlatformError({
          code: 'IA_INTERNAL',
          message: 'A defect of the platform ended the run.',
          fault: 'bug',
          cause: error,
        }),
  );

/** Reads again until the database answers; an error that is the run's own passes. */
const retryWhileUnreachable = async <T>(signal: AbortSignal, read: () => Promise<T>): Promise<T> => {
  const backoff = createBackoff(signal);
  for (;;) {
    signal.throwIfAborted();
    try {
      return await read();
    } catch (error) {
      if (error instanceof PlatformError) throw error;
      await backoff.pause();
    }
  }
};

const ended = (): PlatformError =>
  new PlatformError({ code: 'IA_RUNTIME_STOPPED', message: 'The run has ended.', disposition: 'canceled' });
