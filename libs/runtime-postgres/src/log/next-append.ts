import type { PluginReference, RunEvent } from '@ia-modules/engine';
import type { ApprovalRow, ApprovalRows } from './approval-rows.ts';
import { NO_EFFECTS, type OutgoingCommand, type Parking } from './commit-group.ts';
import { toStoredEvent } from './event-log.ts';
import type { RunAppend } from './group-committer.ts';
import type { NewResult } from './result-rows.ts';
import type { NewReward } from './reward-rows.ts';
import { type LargeValue, separateLargeValues } from './large-values.ts';
import { type PluginUse, versionKey } from './plugin-uses.ts';
import { toRunChange } from './run-change.ts';

export type NextAppendOptions = {
  readonly tenantId: string;
  readonly runId: string;
  /** The last event that the database has. */
  readonly after: number;
  readonly approvals: ApprovalRows;
};

/** What a run has made since its last append, and what goes along with it. */
export type NextAppend = {
  readonly isEmpty: boolean;
  /** A large event is parted from its large values. */
  add(event: RunEvent, isLarge: boolean): void;
  consume(commandId: string): void;
  send(command: OutgoingCommand): void;
  store(result: NewResult): void;
  earn(reward: NewReward): void;
  /** The use of the version is on record: events that name it add nothing to it. */
  noteRecorded(plugin: PluginReference): void;
  /** Hands everything out and begins anew. */
  take(parking: Parking): TakenAppend;
};

export type TakenAppend = {
  readonly append: RunAppend;
  readonly values: readonly LargeValue[];
  readonly events: readonly RunEvent[];
};

export const createNextAppend = ({ tenantId, runId, after, approvals }: NextAppendOptions): NextAppend => {
  const largeSeqs = new Set<number>();
  const changedApprovals = new Map<string, ApprovalRow>();
  const used = new Set<string>();
  let lastSeq = after;
  let events: RunEvent[] = [];
  let consumedCommands: string[] = [];
  let outgoing: OutgoingCommand[] = [];
  let results: NewResult[] = [];
  let rewards: NewReward[] = [];
  let uses: PluginUse[] = [];

  const part = (event: RunEvent): ReturnType<typeof separateLargeValues> => {
    const stored = toStoredEvent(event);
    return largeSeqs.delete(event.seq)
      ? separateLargeValues({ tenantId, runId }, stored)
      : { event: stored, values: [] };
  };

  const noteUse = (event: RunEvent): void => {
    const plugin = event.type === 'task_started' ? event.data.plugin : undefined;
    if (plugin === undefined || used.has(versionKey(plugin))) return;
    used.add(versionKey(plugin));
    uses.push({ tenantId, runId, plugin });
  };

  return {
    get isEmpty() {
      return events.length === 0 && consumedCommands.length === 0 && outgoing.length === 0;
    },
    add: (event, isLarge) => {
      events.push(event);
      if (isLarge) largeSeqs.add(event.seq);
      noteUse(event);
      const approval = approvals.apply(event);
      if (approval !== undefined) changedApprovals.set(approval.key, approval);
    },
    consume: (commandId) => consumedCommands.push(commandId),
    send: (command) => outgoing.push(command),
    store: (result) => results.push(result),
    earn: (reward) => rewards.push(reward),
    noteRecorded: (plugin) => used.add(versionKey(plugin)),
    take: (parking) => {
      const parted = events.map(part);
      const stored = parted.map(({ event }) => event);
      const append: RunAppend = {
        tenantId,
        runId,
        after: lastSeq,
        events: stored,
        change: toRunChange(stored),
        consumedCommands,
        effects: {
          ...NO_EFFECTS,
          parking,
          approvals: [...changedApprovals.values()],
          outgoing,
          results,
          rewards,
          uses,
        },
      };
      const taken = { append, values: parted.flatMap(({ values }) => values), events };
      lastSeq += stored.length;
      events = [];
      consumedCommands = [];
      outgoing = [];
      results = [];
      rewards = [];
      uses = [];
      changedApprovals.clear();
      return taken;
    },
  };
};
