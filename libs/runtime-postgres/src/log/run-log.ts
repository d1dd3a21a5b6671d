import { isDeepStrictEqual } from 'node:util';
import type { EventDraft, RunEvent } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { GroupCommitter } from './group-committer.ts';

/** What a run's events may take together, so that one run can't use up the memory of the worker that all runs share. */
const MAX_LOG_CHARS = 64 * 1_024 * 1_024;

export type RunLogOptions = {
  readonly tenantId: string;
  readonly runId: string;
  /** The events that the database holds already, from seq 1. */
  readonly stored: readonly RunEvent[];
  readonly committer: Pick<GroupCommitter, 'append'>;
  readonly onAppended: (event: RunEvent) => void;
  readonly onCommitted?: (events: readonly RunEvent[]) => void;
};

/** The log of one run as its interpreter writes it: first compared with what is stored, then appended to. */
export type RunLog = {
  /** The next stored event that has not been emitted again; undefined when the run is live. */
  peek(): RunEvent | undefined;
  /**
   * @throws PlatformError IA_RUNTIME_REPLAY when a replayed run takes another course than its log, IA_RUN_TOO_LARGE for an
   *   event that makes the log larger than it may be
   */
  emit(drafts: readonly EventDraft[], at: number): void;
  /** The next append answers this inbox command. */
  consume(commandId: string): void;
  /** Hands what was emitted to the committer; resolves when all of it, and all before, is committed. */
  commit(): Promise<void>;
};

export const createRunLog = (options: RunLogOptions): RunLog => {
  const { tenantId, runId, stored, committer, onAppended, onCommitted } = options;
  let replayed = 0;
  let logChars = 0;
  let nextSeq = stored.length + 1;
  let unsent: RunEvent[] = [];
  let consumedCommands: string[] = [];
  let lastCommit: Promise<void> = Promise.resolve();

  return {
    peek: () => stored[replayed],
    emit: (drafts, at) => {
      for (const draft of drafts) {
        const recorded = stored[replayed];
        const text = serialize(draft);
        logChars += text.length;
        if (recorded === undefined) {
          if (logChars > MAX_LOG_CHARS) throw tooLarge();
          const event: RunEvent = { ...draft, runId, seq: nextSeq, at };
          nextSeq += 1;
          unsent.push(event);
          onAppended(event);
        } else {
          assertSameCourse(recorded, draft, text);
          replayed += 1;
        }
      }
    },
    consume: (commandId) => consumedCommands.push(commandId),
    commit: () => {
      if (unsent.length === 0) return lastCommit;
      const events = unsent;
      const appended = committer.append({ tenantId, runId, events, consumedCommands });
      unsent = [];
      consumedCommands = [];
      lastCommit = Promise.all([lastCommit, appended]).then(() => onCommitted?.(events));
      return lastCommit;
    },
  };
};

/** A text longer than the longest string there is belongs to an event that is too large in any case. */
const serialize = (draft: EventDraft): string => {
  try {
    return JSON.stringify(draft);
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(cause);
    throw cause;
  }
};

const tooLarge = (cause?: unknown): PlatformError =>
  new PlatformError({
    code: 'IA_RUN_TOO_LARGE',
    message: `The inputs and outputs of the run take more than ${MAX_LOG_CHARS / 1_024 / 1_024} MiB.`,
    hint: 'Keep large data elsewhere and pass references to it between steps.',
    cause,
  });

const assertSameCourse = (recorded: RunEvent, draft: EventDraft, text: string): void => {
  const { runId: _runId, seq, at: _at, ...expected } = recorded;
  const actual = JSON.parse(text) as EventDraft;
  if (isDeepStrictEqual(expected, actual)) return;
  throw new PlatformError({
    code: 'IA_RUNTIME_REPLAY',
    message: `The replayed run took another course than its log: at event ${seq} the log has ${describe(recorded)}, the run made ${describe(draft)}.`,
    hint: 'The pipeline version or the engine changed in a way that running runs can not follow. Start the run anew.',
    fault: 'bug',
    details: { seq, recorded: recorded.type, made: draft.type },
  });
};

const describe = (event: EventDraft): string =>
  event.stepId === undefined ? event.type : `${event.type} of step ${event.stepId}`;
