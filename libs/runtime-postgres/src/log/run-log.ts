import { isDeepStrictEqual } from 'node:util';
import type { BlobStore } from '@ia-modules/blobs';
import type { EventDraft, PluginReference, RunEvent } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { ApprovalRows } from './approval-rows.ts';
import type { OutgoingCommand, Parking } from './commit-group.ts';
import type { GroupCommitter } from './group-committer.ts';
import { createLargeValueWriter } from './large-value-writer.ts';
import { MAX_INLINE_CHARS } from './large-values.ts';
import { createNextAppend } from './next-append.ts';
import { type PluginUse, versionKey } from './plugin-uses.ts';
import type { NewResult } from './result-rows.ts';
import type { NewReward } from './reward-rows.ts';

/** What a run's events may take together, so that one run can't use up the memory of the worker that all runs share. */
const MAX_LOG_CHARS = 64 * 1_024 * 1_024;

/** How far a log has come; what a snapshot keeps of it. */
export type LogPosition = { readonly seq: number; readonly chars: number };

export type RunLogOptions = {
  readonly tenantId: string;
  readonly runId: string;
  /** Where the stored events begin that are not taken over by a snapshot. */
  readonly from: LogPosition;
  /** The events that the database holds behind that position. */
  readonly stored: readonly RunEvent[];
  readonly committer: Pick<GroupCommitter, 'append'>;
  /** Resolves when it is on disk that the run uses a version. */
  readonly recordUse: (use: PluginUse) => Promise<void>;
  /** Without one, large values stay in the log. */
  readonly blobs?: BlobStore | undefined;
  readonly approvals: ApprovalRows;
  /** Whether the run, as it stands, needs nobody for now. */
  readonly parking: () => Parking;
  /** Ends waits for blob storage. */
  readonly signal: AbortSignal;
  readonly onAppended: (event: RunEvent) => void;
  readonly onCommitted?: ((events: readonly RunEvent[]) => void) | undefined;
  readonly onTrouble: (error: unknown) => void;
};

/** The log of one run as its interpreter writes it: first compared with what is stored, then appended to. */
export type RunLog = {
  /** The next stored event that has not been emitted again; undefined when the run has caught up with its log. */
  peek(): RunEvent | undefined;
  /**
   * @throws PlatformError IA_RUNTIME_REPLAY when a replayed run takes another course than its log, IA_RUN_TOO_LARGE for an
   *   event that makes the log larger than it may be
   */
  emit(drafts: readonly EventDraft[], at: number): void;
  /** The next append answers this inbox command. */
  consume(commandId: string): void;
  /** The next append sends this along. */
  send(command: OutgoingCommand): void;
  /** The next append, which has the result's event, stores it. */
  store(result: NewResult): void;
  /** The next append, which has the reward's event, counts it. */
  earn(reward: NewReward): void;
  /** Resolves when it is on record that the run uses the version: at once when that is known. */
  use(plugin: PluginReference): Promise<void>;
  /**
   * Hands what was emitted to the committer; resolves when all of it, and all before, is committed. With `parking` it also
   * writes whether the run needs anybody, when that has changed without an event.
   */
  commit(options?: { readonly parking: boolean }): Promise<void>;
  /** After the last emitted event. */
  readonly position: LogPosition;
};

export const createRunLog = (options: RunLogOptions): RunLog => {
  const { tenantId, runId, from, stored, committer, approvals, onAppended, onCommitted } = options;
  const writer = createLargeValueWriter(options);
  const next = createNextAppend({ tenantId, runId, after: from.seq + stored.length, approvals });
  const uses = new Map<string, Promise<void>>();
  let { seq, chars } = from;
  let replayed = 0;
  let lastParking: Parking | undefined;
  let lastCommit: Promise<void> = Promise.resolve();

  const append = (event: RunEvent, text: string): void => {
    if (chars > MAX_LOG_CHARS) throw tooLarge();
    next.add(event, options.blobs !== undefined && text.length > MAX_INLINE_CHARS);
    onAppended(event);
  };

  const commit = async (before: Promise<void>): Promise<void> => {
    lastParking = options.parking();
    const { append: taken, values, events } = next.take(lastParking);
    const appended = writer.write(values, () => committer.append(taken));
    await Promise.all([before, appended]);
    if (events.length > 0) onCommitted?.(events);
  };

  const record = (plugin: PluginReference): Promise<void> => {
    const recorded = options.recordUse({ tenantId, runId, plugin }).then(() => next.noteRecorded(plugin));
    uses.set(versionKey(plugin), recorded);
    recorded.catch(() => uses.delete(versionKey(plugin)));
    return recorded;
  };

  return {
    get position() {
      return { seq, chars };
    },
    peek: () => stored[replayed],
    emit: (drafts, at) => {
      for (const draft of drafts) {
        const recorded = stored[replayed];
        const text = serialize(draft);
        chars += text.length;
        seq += 1;
        if (recorded === undefined) append({ ...draft, runId, seq, at }, text);
        else {
          assertSameCourse(recorded, draft, text);
          approvals.apply(recorded);
          replayed += 1;
        }
      }
    },
    consume: (commandId) => next.consume(commandId),
    send: (command) => next.send(command),
    store: (result) => next.store(result),
    earn: (reward) => next.earn(reward),
    use: (plugin) => uses.get(versionKey(plugin)) ?? record(plugin),
    commit: ({ parking } = { parking: false }) => {
      const hasNews = !next.isEmpty || (parking && !isDeepStrictEqual(lastParking, options.parking()));
      if (hasNews) lastCommit = commit(lastCommit);
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
