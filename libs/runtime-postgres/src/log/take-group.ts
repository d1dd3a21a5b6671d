import type { AppendEffects, PendingAppend } from './commit-group.ts';
import { mergeChanges } from './run-change.ts';

/** Who waits for something to be committed. */
export type Waiting = { readonly resolve: () => void; readonly reject: (error: unknown) => void };

export type QueuedAppend = PendingAppend & Waiting;

const MAX_RUNS_PER_GROUP = 1_000;
const MAX_GROUP_CHARS = 16 * 1_024 * 1_024;

/** Takes appends off the queue, each run at most once a group, so that its appends stay in order and rows are unique. */
export const takeGroup = (queue: QueuedAppend[]): readonly QueuedAppend[] => {
  const group = new Map<string, QueuedAppend[]>();
  let chars = 0;
  let taken = 0;
  for (const append of queue) {
    const ofRun = group.get(append.runId);
    if (taken > 0 && (chars >= MAX_GROUP_CHARS || (group.size >= MAX_RUNS_PER_GROUP && ofRun === undefined))) break;
    if (ofRun === undefined) group.set(append.runId, [append]);
    else ofRun.push(append);
    chars += append.events.reduce((sum, event) => sum + event.length, 0);
    chars += append.effects.results.reduce((sum, { output }) => sum + output.length, 0);
    taken += 1;
  }
  queue.splice(0, taken);
  return [...group.values()].flatMap(merge);
};

/** One append of all the consecutive ones of a run, which a wide map makes by the thousand. */
const merge = (appends: readonly QueuedAppend[]): QueuedAppend[] => {
  const [first] = appends;
  const last = appends.at(-1);
  if (first === undefined || last === undefined) return [];
  return [
    {
      ...last,
      expectedSeq: first.expectedSeq,
      events: appends.flatMap(({ events }) => events),
      consumedCommands: appends.flatMap(({ consumedCommands }) => consumedCommands),
      change: appends.map(({ change }) => change).reduce(mergeChanges),
      effects: mergeEffects(appends.map(({ effects }) => effects)),
      resolve: () => {
        for (const append of appends) append.resolve();
      },
      reject: (error) => {
        for (const append of appends) append.reject(error);
      },
    },
  ];
};

/** The last row of each approval, and everything that is sent, made or earned. */
const mergeEffects = (effects: readonly AppendEffects[]): AppendEffects => ({
  parking: effects.at(-1)?.parking ?? { isParked: false, wakeAt: null },
  approvals: [...new Map(effects.flatMap(({ approvals }) => approvals).map((row) => [row.key, row])).values()],
  isAbruptEnd: effects.some(({ isAbruptEnd }) => isAbruptEnd),
  outgoing: effects.flatMap(({ outgoing }) => outgoing),
  results: effects.flatMap(({ results }) => results),
  rewards: effects.flatMap(({ rewards }) => rewards),
  uses: effects.flatMap(({ uses }) => uses),
});
