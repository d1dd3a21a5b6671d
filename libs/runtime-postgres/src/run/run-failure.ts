import { type RecordedError, toRecordedError } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { NO_EFFECTS } from '../log/commit-group.ts';
import type { StoredEvent } from '../log/event-log.ts';
import type { GroupCommitter } from '../log/group-committer.ts';
import { toRunChange } from '../log/run-change.ts';
import type { Clock } from './clock.ts';
import type { StoredRun } from './run-store.ts';

type FailureOptions = {
  readonly run: StoredRun;
  readonly lastSeq: number;
  readonly error: RecordedError;
  readonly committer: Pick<GroupCommitter, 'append'>;
  readonly clock: Clock;
};

/** Ends a run that its interpreter can't end: its log gets a last event. */
export const recordFailure = async ({ run, lastSeq, error, committer, clock }: FailureOptions): Promise<void> => {
  const { tenantId, runId, parameters, trigger, pipelineName: name } = run;
  const at = clock.now();
  const events: StoredEvent[] = [{ type: 'run_failed', at, data: { error } }];
  if (lastSeq === 0) events.unshift({ type: 'run_started', at, data: { parameters, trigger, pipeline: { name } } });
  await committer.append({
    tenantId,
    runId,
    after: lastSeq,
    events,
    change: toRunChange(events),
    consumedCommands: [],
    effects: { ...NO_EFFECTS, parking: { isParked: false, wakeAt: null }, isAbruptEnd: true },
  });
};

/** Whatever broke a run, as its log says it. */
export const toRunError = (error: unknown): RecordedError =>
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
