import {
  createRunFeed,
  interpret,
  type RunEvent,
  type RunFeed,
  type RunState,
  type Settled,
  type TaskExecutor,
} from '@ia-modules/engine';
import type { BlobStore } from '@ia-modules/blobs';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Metrics } from '@ia-modules/telemetry';
import { createBackoff } from '../database/backoff.ts';
import { linesFirst, type RunLines } from '../lines/lines-first.ts';
import type { GroupCommitter } from '../log/group-committer.ts';
import { approvalsOf } from '../log/approvals-of-state.ts';
import { createApprovalRows } from '../log/approval-rows.ts';
import type { KeptTallies } from '../metering/kept-tallies.ts';
import { createStepTally, type StepTally } from '../metering/step-tally.ts';
import type { RuntimeLog } from '../runtime-log.ts';
import type { Ticket } from './attempts.ts';
import type { Clock } from './clock.ts';
import { type LoadedRun, loadRun } from './load-run.ts';
import { PostgresContext, type PostgresContextOptions } from './postgres-context.ts';
import type { ChildStarter } from './run-children.ts';
import { recordFailure, toRunError } from './run-failure.ts';
import { createRunMetrics, meterExecutor } from './run-metrics.ts';
import type { LoadProgram, RunProgram } from './run-program.ts';
import type { RunSharing } from './run-sharing.ts';
import { createSnapshotWriter, type SnapshotWriter } from './snapshot-writer.ts';
import type { RunStore, StoredRun } from './run-store.ts';

/**
 * How a run left this worker: ended in its log, parked until it is due or told something, given up for another holder, or
 * set aside as it can't even be failed.
 */
export type RunOutcome = 'ended' | 'parked' | 'given_up' | 'set_aside';

/** A run in this worker's memory. */
export type HotRun = {
  readonly run: StoredRun;
  /** Whether it takes one of the places for runs at work: those that only wait take none. */
  readonly takesPlace: boolean;
  /** When it goes on by itself (null: never); undefined while it is at work. */
  readonly idleUntil: number | null | undefined;
  readonly outcome: Promise<RunOutcome>;
  /** Resolves when the run has caught up with its log, or left. */
  readonly caughtUp: Promise<void>;
  /** Resolves when the run has written something since it was taken up, turned out to have nothing to do, or left. */
  readonly progressed: Promise<void>;
  /** Tells the run what a command of its inbox says. */
  tell(message: InboxMessage): void;
  /** Takes a run that is idle out of memory; its rows say when to take it up again. */
  park(): void;
  /** Gives the run up; its log stays as it is and another holder goes on with it. */
  giveUp(reason: PlatformError): void;
};

/** What a run is told, which may depend on what it waits for; undefined when nothing comes of it. */
export type InboxMessage = {
  /** The command that is answered by it; the worker itself may have something to say too. */
  readonly commandId?: string;
  readonly settle: (context: PostgresContext) => Settled | undefined;
};

/** What the runs of one term of the lease have in common. */
export type HotRunServices = {
  readonly store: RunStore;
  readonly loadProgram: LoadProgram;
  readonly committer: Pick<GroupCommitter, 'append' | 'record'>;
  readonly lines: RunLines;
  readonly blobs: BlobStore | undefined;
  readonly executorFor: (run: StoredRun, program: RunProgram) => TaskExecutor;
  readonly childrenOf: (run: StoredRun) => ChildStarter;
  /** A place among the attempts of the worker. */
  readonly enter: (run: StoredRun, begin: () => void) => Ticket;
  readonly sharing: RunSharing;
  readonly tallies: KeptTallies;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: RuntimeLog;
};

export type HotRunOptions = {
  readonly run: StoredRun;
  readonly services: HotRunServices;
  /** Called when the run may have got idle, or got back to work. */
  readonly onChanged: () => void;
};

/** Starts a run or goes on with it from its log, until it ends or is parked. */
export const startHotRun = ({ run, services, onChanged }: HotRunOptions): HotRun => {
  const { store, log } = services;
  const givenUp = new AbortController();
  const mailbox = createMailbox(onChanged);
  const caughtUp = Promise.withResolvers<void>();
  const progressed = Promise.withResolvers<void>();
  const snapshots = createSnapshotWriter({ run, store, log });
  let context: PostgresContext | undefined;
  let state: RunState | undefined;
  let isWaiting = run.status === 'waiting';

  const work = async (): Promise<RunOutcome> => {
    try {
      const loaded = await retryWhileUnreachable(services, givenUp.signal, () => loadRun(services, run));
      givenUp.signal.throwIfAborted();
      const opening = openRun(run, services, loaded);
      snapshots.begin(loaded.snapshot, opening.tally);
      const current = openContext(opening, {
        onAppended: noteWaiting,
        onCommitted: progressed.resolve,
        onLive: noteLive,
        onIdle: noteIdle,
      });
      context = current;
      if (current.isLive) noteLive();
      await runToEnd(opening, current, (reached) => {
        state = reached;
        snapshots.offer(current, reached);
      });
      await deliverRest(opening.feed, givenUp.signal);
      return 'ended';
    } catch (error) {
      services.tallies.forget(run.runId);
      return await handleFailure({ run, services, context, signal: givenUp.signal }, error);
    } finally {
      context?.abandon(ended());
      services.lines.forget(run.runId);
      caughtUp.resolve();
      progressed.resolve();
    }
  };

  /** Until then nobody knows what the run waits for. */
  const noteLive = (): void => {
    if (context === undefined) return;
    caughtUp.resolve();
    mailbox.open(context);
  };

  const noteIdle = (): void => {
    progressed.resolve();
    onChanged();
  };

  const noteWaiting = (event: RunEvent): void => {
    if (event.type === 'run_resumed') isWaiting = false;
    if (event.type !== 'run_waiting') return;
    isWaiting = true;
    onChanged();
  };

  return {
    run,
    get takesPlace() {
      return !isWaiting && context?.idleUntil === undefined;
    },
    get idleUntil() {
      return context?.idleUntil;
    },
    outcome: work(),
    caughtUp: caughtUp.promise,
    progressed: progressed.promise,
    tell: mailbox.tell,
    park: () => {
      // A run that is given up meanwhile is no longer to be parked.
      if (context?.idleUntil !== undefined && state !== undefined) {
        parkWhenWritten(context, { state, snapshots }).catch(() => undefined);
      }
    },
    giveUp: (reason) => {
      givenUp.abort(reason);
      context?.abandon(reason);
    },
  };
};

type Parking = { readonly state: RunState; readonly snapshots: SnapshotWriter };

/** The interpreter changes the state in place: what is written is where the run stands by then. */
const parkWhenWritten = async (context: PostgresContext, { state, snapshots }: Parking): Promise<void> => {
  await context.writeParking();
  if (context.idleUntil === undefined) return;
  snapshots.writeBeforeParking(context, state);
  context.abandon(parked());
};

/** Keeps what a run is told until it has caught up with its log. */
const createMailbox = (onDelivered: () => void) => {
  const messages: InboxMessage[] = [];
  let owner: PostgresContext | undefined;
  const deliver = (context: PostgresContext, { commandId, settle }: InboxMessage): void => {
    const settled = settle(context);
    if (settled !== undefined) context.tell(settled, commandId);
    else if (commandId !== undefined) context.dismiss(commandId);
    onDelivered();
  };
  return {
    tell: (message: InboxMessage): void => {
      if (owner === undefined) messages.push(message);
      else deliver(owner, message);
    },
    open: (context: PostgresContext): void => {
      owner = context;
      for (const message of messages.splice(0)) deliver(context, message);
    },
  };
};

type Listeners = Required<Pick<PostgresContextOptions, 'onAppended' | 'onLive' | 'onIdle'>> & {
  readonly onCommitted: () => void;
};

type Opening = {
  readonly run: StoredRun;
  readonly services: HotRunServices;
  readonly loaded: LoadedRun;
  readonly tally: StepTally;
  readonly executor: TaskExecutor;
  readonly feed: RunFeed | undefined;
};

/** Made before anything of the log is counted: what is open then is what the snapshot says. */
const openRun = (run: StoredRun, services: HotRunServices, loaded: LoadedRun): Opening => {
  const { program, snapshot, stored } = loaded;
  const { runId, pipelineName } = run;
  const executor = meterExecutor(services.executorFor(run, program), services.metrics, pipelineName);
  const measured = { pipeline: pipelineName, startedAt: snapshot?.state.startedAt, openSteps: snapshot?.tally.open };
  const feed = createRunFeed({ plan: program.plan, runId, executor, run: measured, before: stored });
  return { run, services, loaded, tally: createStepTally(snapshot?.tally), executor, feed };
};

/** Metrics hear of events when they are made, the pipeline's reporters and exporters when they are committed. */
const openContext = (
  { run, services, loaded, tally, executor, feed }: Opening,
  { onAppended, onCommitted, onLive, onIdle }: Listeners,
): PostgresContext => {
  const { tenantId, pipelineId, pipelineName, runId, seed } = run;
  const { committer, lines, blobs, childrenOf, enter, sharing, clock, metrics, log } = services;
  const { program, snapshot, stored, fork } = loaded;
  const observe = createRunMetrics(metrics, { pipelineName, startedAt: snapshot?.state.startedAt, stored, tally });
  return new PostgresContext({
    tenantId,
    pipelineId,
    runId,
    seed,
    stored,
    snapshot: snapshot?.context,
    repeated: fork?.settlements,
    committer: linesFirst(run, { committer, lines }),
    recordUse: (use) => committer.record(use),
    blobs,
    approvals: createApprovalRows(snapshot === undefined ? [] : approvalsOf(program.plan, snapshot.state)),
    executor,
    enter: (begin) => enter(run, begin),
    children: childrenOf(run),
    sharing,
    clock,
    log: (line, request) => lines.write(run, line, request),
    onAppended: (event) => {
      observe(event);
      onAppended(event);
    },
    onCommitted: (events) => {
      onCommitted();
      for (const event of events) feed?.offer(event);
    },
    onLive,
    onIdle,
    onTrouble: (error) => log.warn({ err: error, runId }, 'A large value could not be stored; trying again.'),
  });
};

const runToEnd = async (
  { run, services, loaded, tally }: Opening,
  context: PostgresContext,
  onState: (state: RunState) => void,
): Promise<void> => {
  const { program, start, snapshot } = loaded;
  await interpret({ plan: program.plan, context, ...start, from: snapshot?.state, onState });
  // Before the run is seen to have ended, or whoever meters it reads the log.
  services.tallies.keep(run.runId, tally);
  await context.flush();
};

const MAX_DELIVERY_MS = 10_000;

/** The run has ended for everybody by now; what its reporters and exporters have not had when the time is over, or the worker stops, they miss. */
const deliverRest = async (feed: RunFeed | undefined, givenUp: AbortSignal): Promise<void> => {
  if (feed === undefined || givenUp.aborted) return;
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, MAX_DELIVERY_MS);
  givenUp.addEventListener('abort', () => over.resolve(), { once: true });
  await Promise.race([feed.flush(), over.promise]);
  clearTimeout(timer);
};

type Failing = Pick<HotRunOptions, 'run' | 'services'> & {
  readonly context: PostgresContext | undefined;
  readonly signal: AbortSignal;
};

/** Whatever broke the run, it is recorded as failed, so that nobody starts it again and again. */
const handleFailure = async ({ run, services, context, signal }: Failing, error: unknown): Promise<RunOutcome> => {
  const { store, committer, clock, log } = services;
  // Half of what a fork repeats is no log to go on from.
  if (context?.isLive === true) await context.flush().catch(() => undefined);
  if (isCode(error, 'IA_RUNTIME_PARKED')) return 'parked';
  if (isGivenUp(error)) return 'given_up';
  log.error({ err: error, runId: run.runId }, 'The run can not go on: it fails.');
  try {
    const [current] = await retryWhileUnreachable(services, signal, () => store.readRuns([run]));
    await recordFailure({ run, lastSeq: current?.lastSeq ?? run.lastSeq, error: toRunError(error), committer, clock });
    return 'ended';
  } catch (appendError) {
    return isGivenUp(appendError) ? 'given_up' : 'set_aside';
  }
};

const isCode = (error: unknown, code: string): boolean => error instanceof PlatformError && error.code === code;

const isGivenUp = (error: unknown): boolean =>
  isCode(error, 'IA_RUNTIME_STOPPED') || isCode(error, 'IA_RUNTIME_LEASE_LOST');

/** Reads again until database and blob storage answer; an error that is the run's own passes. */
const retryWhileUnreachable = async <T>(
  { log }: Pick<HotRunServices, 'log'>,
  signal: AbortSignal,
  read: () => Promise<T>,
): Promise<T> => {
  const backoff = createBackoff(signal);
  for (;;) {
    signal.throwIfAborted();
    try {
      return await read();
    } catch (error) {
      if (!isPassing(error)) throw error;
      log.warn({ err: error }, 'A run could not be read; trying again.');
      await backoff.pause();
    }
  }
};

/** A defect stays one, however often it is tried. */
const isPassing = (error: unknown): boolean => {
  if (error instanceof PlatformError) return error.disposition === 'retry';
  return !(error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError);
};

const ended = (): PlatformError =>
  new PlatformError({ code: 'IA_RUNTIME_STOPPED', message: 'The run has ended.', disposition: 'canceled' });

const parked = (): PlatformError =>
  new PlatformError({
    code: 'IA_RUNTIME_PARKED',
    message: 'The run waits outside of memory until it is due or told something.',
    disposition: 'pause',
  });
