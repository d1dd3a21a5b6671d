import { type EventData, type ForkedRun, forkRun, type InterpretOptions, type RunEvent } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { LoadProgram, RunProgram } from './run-program.ts';
import type { RunStore, StoredRun } from './run-store.ts';
import { decodeSnapshot, type RunSnapshot, SNAPSHOT_FORMAT } from './snapshot.ts';

/** All that it takes to go on with a run, or to begin it. */
export type LoadedRun = {
  readonly program: RunProgram;
  readonly snapshot: RunSnapshot | undefined;
  /** The log, behind the snapshot when there is one. */
  readonly stored: readonly RunEvent[];
  readonly fork: ForkedRun | undefined;
  readonly start: Pick<InterpretOptions, 'parameters' | 'trigger' | 'pipeline' | 'debug' | 'fork' | 'depth'>;
};

export type RunSource = {
  readonly store: Pick<RunStore, 'readLog' | 'readSnapshot'>;
  readonly loadProgram: LoadProgram;
};

/** @throws PlatformError when the run itself is at fault, other errors when the database or blob storage is */
export const loadRun = async ({ store, loadProgram }: RunSource, run: StoredRun): Promise<LoadedRun> => {
  const program = await loadProgram(run);
  if (run.lastSeq === 0) {
    const fork = run.setup?.fork === undefined ? undefined : await loadFork(store, run);
    return { program, snapshot: undefined, stored: [], fork, start: startOf(run, program, fork) };
  }
  const snapshot = await loadSnapshot(store, run);
  const stored = await store.readLog(run, { after: snapshot?.context.position.seq ?? 0 });
  const [first] = stored;
  const start = first?.type === 'run_started' ? first.data : startOf(run, program, undefined);
  return { program, snapshot, stored, fork: undefined, start };
};

const loadSnapshot = async (store: RunSource['store'], run: StoredRun): Promise<RunSnapshot | undefined> => {
  const found = await store.readSnapshot(run);
  if (found === undefined || found.format !== SNAPSHOT_FORMAT || found.seq > run.lastSeq) return undefined;
  return decodeSnapshot(found.state);
};

/** Reads the log of the run that this one repeats. */
const loadFork = async (store: RunSource['store'], run: StoredRun): Promise<ForkedRun> => {
  const { setup, originRunId, tenantId, seed } = run;
  const log = originRunId === null ? [] : await store.readLog({ tenantId, runId: originRunId });
  if (setup?.fork === undefined || log.length === 0) {
    throw new PlatformError({
      code: 'IA_RUN_PRUNED',
      message: 'The log of the run that this one repeats is no longer there.',
      hint: 'Start a run of its own.',
    });
  }
  return forkRun({ log, ...setup.fork, seed });
};

/** What `run_started` records of a run that has no log yet. */
const startOf = (run: StoredRun, { pipeline }: RunProgram, fork: ForkedRun | undefined): EventData['run_started'] => {
  const { parameters, trigger, setup, depth, seed } = run;
  const nested = depth === 0 ? {} : { depth };
  if (fork !== undefined) {
    const { debug } = fork;
    const origin = { ...fork.origin, seed };
    const watched = debug === undefined ? {} : { debug };
    return { parameters: fork.parameters, trigger: fork.trigger, pipeline, fork: origin, ...watched, ...nested };
  }
  return { parameters, trigger, pipeline, ...(setup?.debug === undefined ? {} : { debug: setup.debug }), ...nested };
};
