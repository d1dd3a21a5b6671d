import type { RunEvent } from '@ia-modules/engine';
import type { ApprovalRow, ApprovalRows } from './approval-rows.ts';
import type { OutgoingCommand, Parking } from './commit-group.ts';
import { toStoredEvent } from './event-log.ts';
import type { RunAppend } from './group-committer.ts';
import { type LargeValue, separateLargeValues } from './large-values.ts';
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
  let lastSeq = after;
  let events: RunEvent[] = [];
  let consumedCommands: string[] = [];
  let outgoing: OutgoingCommand[] = [];

  const part = (event: RunEvent): ReturnType<typeof separateLargeValues> => {
    const stored = toStoredEvent(event);
    return largeSeqs.delete(event.seq)
      ? separateLargeValues({ tenantId, runId }, stored)
      : { event: stored, values: [] };
  };

  return {
    get isEmpty() {
      return events.length === 0 && consumedCommands.length === 0 && outgoing.length === 0;
    },
    add: (event, isLarge) => {
      events.push(event);
      if (isLarge) largeSeqs.add(event.seq);
      const approval = approvals.apply(event);
      if (approval !== undefined) changedApprovals.set(approval.key, approval);
    },
    consume: (commandId) => consumedCommands.push(commandId),
    send: (command) => outgoing.push(command),
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
        effects: { parking, approvals: [...changedApprovals.values()], isAbruptEnd: false, outgoing },
      };
      const taken = { append, values: parted.flatMap(({ values }) => values), events };
      lastSeq += stored.length;
      events = [];
      consumedCommands = [];
      outgoing = [];
      changedApprovals.clear();
      return taken;
    },
  };
};
