import type { RunState } from '@ia-modules/engine';
import { createStepTally, type StepTally } from '../metering/step-tally.ts';
import type { RuntimeLog } from '../runtime-log.ts';
import type { PostgresContext } from './postgres-context.ts';
import type { RunStore, StoredRun } from './run-store.ts';
import { encodeSnapshot, type RunSnapshot, SNAPSHOT_FORMAT } from './snapshot.ts';

/** Fewer events than this are read again as fast as a snapshot. */
const MIN_EVENTS_PARKED = 200;
const MIN_EVENTS_AT_WORK = 5_000;

export type SnapshotWriterOptions = {
  readonly run: StoredRun;
  readonly store: Pick<RunStore, 'writeSnapshot'>;
  readonly log: RuntimeLog;
};

/** Decides when a run's state is worth writing down; a snapshot that can't be written costs nothing but time later. */
export type SnapshotWriter = {
  /** Tells what the run was loaded from, and who counts its steps from there on. */
  begin(snapshot: RunSnapshot | undefined, tally: StepTally): void;
  /** To be called between decisions. */
  offer(context: PostgresContext, state: RunState): void;
  writeBeforeParking(context: PostgresContext, state: RunState): void;
};

export const createSnapshotWriter = ({ run, store, log }: SnapshotWriterOptions): SnapshotWriter => {
  let lastSeq = 0;
  let tally = createStepTally();

  const write = async (context: PostgresContext, state: RunState): Promise<void> => {
    const snapshot: RunSnapshot = { state, context: context.snapshot(), tally: tally.state };
    const { seq } = snapshot.context.position;
    lastSeq = seq;
    try {
      const bytes = encodeSnapshot(snapshot);
      if (bytes === undefined) return;
      await context.flush();
      await store.writeSnapshot(run, { seq, format: SNAPSHOT_FORMAT, state: bytes });
    } catch (error) {
      log.warn({ err: error, runId: run.runId }, 'A snapshot of the run could not be written.');
    }
  };

  return {
    begin: (snapshot, counting) => {
      tally = counting;
      lastSeq = snapshot?.context.position.seq ?? 0;
    },
    offer: (context, state) => {
      if (!context.isLive) return;
      // Each is half as far again as the one before: together they cost no more than a share of the run.
      const { seq } = context.position;
      if (seq - lastSeq >= Math.max(MIN_EVENTS_AT_WORK, lastSeq / 2)) void write(context, state);
    },
    writeBeforeParking: (context, state) => {
      if (context.position.seq - lastSeq >= MIN_EVENTS_PARKED) void write(context, state);
    },
  };
};
