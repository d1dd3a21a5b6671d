import { createApprovalRows } from '../log/approval-rows.ts';
import type { RunLines } from '../lines/lines-first.ts';
import { NO_EFFECTS } from '../log/commit-group.ts';
import type { RunAppend } from '../log/group-committer.ts';
import { toRunChange } from '../log/run-change.ts';
import { toStoredEvent } from '../log/event-log.ts';
import type { RunEvent } from '@ia-modules/engine';
import { SYSTEM_CLOCK } from '../run/clock.ts';
import type { PostgresContextOptions } from '../run/postgres-context.ts';
import { createResultCache } from '../run/result-cache.ts';
import { createRouterMemories } from '../run/router-memories.ts';
import type { RunSharing } from '../run/run-sharing.ts';
import { createSlotGate } from '../run/slot-gate.ts';

/** What runs have in common when nothing was stored before. */
export const createSharing = (): RunSharing => ({
  slots: createSlotGate(),
  results: createResultCache({ clock: SYSTEM_CLOCK, find: () => Promise.resolve(undefined), onGrown: () => undefined }),
  routers: createRouterMemories({ find: () => Promise.resolve({}), onGrown: () => undefined }),
  grown: new Set(),
});

/** Takes lines and keeps none. */
export const NO_LINES: RunLines = {
  write: () => undefined,
  flush: () => Promise.resolve(),
  forget: () => undefined,
  hasLinesOf: () => false,
};

type Given = 'executor' | 'committer' | 'stored';

/** A context's surroundings without limits, sub-pipelines and blob storage. */
export const createContextOptions = (
  given: Pick<PostgresContextOptions, Given> & Partial<PostgresContextOptions>,
): PostgresContextOptions => ({
  tenantId: 'tenant',
  pipelineId: 'pipeline',
  runId: 'run',
  seed: 11,
  approvals: createApprovalRows(),
  children: { start: () => Promise.reject(new TypeError('There are no sub-pipelines here.')) },
  enter: (begin) => {
    begin();
    return { leave: () => undefined };
  },
  recordUse: () => Promise.resolve(),
  sharing: createSharing(),
  clock: SYSTEM_CLOCK,
  log: () => undefined,
  onAppended: () => undefined,
  onTrouble: (error) => {
    throw error;
  },
  ...given,
});

/** An append of a run that is at work, as its log makes it. */
export const toAppend = (
  { tenantId }: { readonly tenantId: string },
  runId: string,
  events: readonly RunEvent[],
): RunAppend => ({
  tenantId,
  runId,
  after: (events[0]?.seq ?? 1) - 1,
  events: events.map(toStoredEvent),
  change: toRunChange(events),
  consumedCommands: [],
  effects: { ...NO_EFFECTS, parking: { isParked: false, wakeAt: null } },
});
