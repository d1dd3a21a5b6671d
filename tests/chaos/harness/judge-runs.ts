import { isDeepStrictEqual } from 'node:util';
import { isTerminal, type RunEvent } from '@ia-modules/engine';
import type { RunFixtures, RunRow } from '@ia-modules/runtime-postgres/testing';
import { effectKey, succeededKeys } from '../load/expected-outcome.ts';
import type { LoadRun } from '../load/load.ts';
import type { EffectJournal, PerformedEffect } from './effect-journal.ts';

/** What was known at the moment of a crash: what the database held, and how much had been done outside. */
export type Crash = Readonly<{ recorded: ReadonlySet<string>; performedCount: number }>;

const RECORDED = `select chunks.run_id || '/' || coalesce(event ->> 'stepId', '') || '/' || coalesce(event ->> 'iteration', '')
    || '/' || coalesce(event ->> 'index', '') || coalesce('/' || (event ->> 'part'), '') as key
  from run_event_chunks as chunks, json_array_elements(chunks.events) as event
  where event ->> 'type' = 'task_succeeded'`;

/** To be called when the worker is gone, and before the next one begins. */
export const noteCrash = async (fixtures: RunFixtures, journal: EffectJournal): Promise<Crash> => {
  const { rows } = await fixtures.pool.query<{ key: string }>(RECORDED);
  return { recorded: new Set(rows.map(({ key }) => key)), performedCount: journal.read().length };
};

export type Evidence = Readonly<{
  fixtures: RunFixtures;
  journal: EffectJournal;
  acknowledged: readonly LoadRun[];
  /** Runs that may be there: if they are, the same holds for them. */
  unclear?: readonly LoadRun[];
  crashes?: readonly Crash[];
}>;

/** Lists everything that is not as it must be; nothing for runs that nothing happened to. */
export const judgeRuns = async (evidence: Evidence): Promise<readonly string[]> => {
  const { fixtures, acknowledged, unclear = [] } = evidence;
  const performed = evidence.journal.read();
  const byRun = Map.groupBy(performed, ({ runId }) => runId);
  const problems: string[] = [];
  for (const run of [...acknowledged, ...unclear]) {
    const row = await readRun(fixtures, run);
    if (row === undefined) {
      if (acknowledged.includes(run)) problems.push(`${run.pipeline} ${run.runId}: the run is lost`);
      continue;
    }
    const events = await fixtures.events(run.runId);
    const found = [
      ...outcomeProblems(run, row, events),
      ...logProblems(row, events),
      ...effectProblems(events, byRun.get(run.runId) ?? []),
    ];
    problems.push(...found.map((problem) => `${run.pipeline} ${run.runId}: ${problem}`));
  }
  problems.push(...(await childProblems(fixtures, [...acknowledged, ...unclear], byRun)));
  return [...problems, ...repeatedEffects(performed, evidence.crashes ?? [])];
};

const readRun = async (fixtures: RunFixtures, { runId }: LoadRun): Promise<RunRow | undefined> => {
  const { rowCount } = await fixtures.pool.query('select 1 from runs where id = $1', [runId]);
  return rowCount === 1 ? fixtures.readRun(runId) : undefined;
};

const outcomeProblems = ({ expected }: LoadRun, row: RunRow, events: readonly RunEvent[]): string[] => {
  const { status, outputs, error } = row;
  const actual = { status, outputs, errorCode: error?.code ?? null, succeeded: succeededKeys(events).toSorted() };
  const wanted = { ...expected, succeeded: expected.succeeded.toSorted() };
  if (isDeepStrictEqual(actual, wanted)) return [];
  return [`ended as ${JSON.stringify(actual)} ${error?.message ?? ''}, in memory as ${JSON.stringify(wanted)}`];
};

const TERMINAL_EVENTS: ReadonlySet<string> = new Set(['run_succeeded', 'run_failed', 'run_canceled']);
const TASK_ENDS: ReadonlySet<string> = new Set(['task_succeeded', 'task_failed', 'task_canceled']);

/** What holds for the log of every run that has ended, whatever its pipeline. */
export const logProblems = (row: RunRow, events: readonly RunEvent[]): string[] => {
  const problems: string[] = [];
  if (!isTerminal(row.status)) problems.push(`its status is still ${row.status}`);
  if (events.some(({ seq }, position) => seq !== position + 1)) problems.push('its log has gaps or doubles');
  if (events.length !== row.lastSeq) problems.push(`its log has ${events.length} events, its row says ${row.lastSeq}`);
  if (events.some(({ at }, position) => at < (events[position - 1]?.at ?? 0)))
    problems.push('time runs backwards in its log');
  const ends = events.filter(({ type }) => TERMINAL_EVENTS.has(type));
  if (ends.length !== 1 || ends[0] !== events.at(-1)) problems.push(`it has ${ends.length} terminal events`);
  if (events.at(-1)?.type !== `run_${row.status}`) problems.push(`its row says ${row.status}, its log does not`);
  const settled = events.filter(({ type }) => TASK_ENDS.has(type)).map(attemptKey);
  if (new Set(settled).size !== settled.length) problems.push('an attempt has ended twice');
  const succeeded = succeededKeys(events);
  if (new Set(succeeded).size !== succeeded.length) problems.push('a result is recorded twice');
  return problems;
};

const attemptKey = (event: RunEvent): string => `${effectKey(event)}@${event.attempt ?? 1}`;

/** Nothing is recorded that was not done. */
const effectProblems = (events: readonly RunEvent[], performed: readonly PerformedEffect[]): string[] => {
  const done = new Set(performed.map(({ idempotencyKey }) => idempotencyKey));
  const effects = events.filter((event) => event.type === 'task_scheduled' && event.data.uses === 'chaos.effect');
  const attempts = new Set(effects.map(attemptKey));
  return events
    .filter((event) => event.type === 'task_succeeded' && attempts.has(attemptKey(event)))
    .map((event) => `${event.runId}/${effectKey(event)}`)
    .filter((key) => !done.has(key))
    .map((key) => `${key} is recorded and was never performed`);
};

const CHILDREN = `select id, parent_run_id || ' ' || parent_key as place from runs where parent_run_id = any($1::uuid[])`;

/** The runs below a run: each place has one, and what holds for every log holds for theirs. */
const childProblems = async (
  fixtures: RunFixtures,
  runs: readonly LoadRun[],
  byRun: ReadonlyMap<string, readonly PerformedEffect[]>,
): Promise<string[]> => {
  const { rows } = await fixtures.pool.query<{ id: string; place: string }>(CHILDREN, [runs.map(({ runId }) => runId)]);
  const problems = rows.length === new Set(rows.map(({ place }) => place)).size ? [] : ['a sub-pipeline runs twice'];
  for (const { id, place } of rows) {
    const events = await fixtures.events(id);
    const found = [...logProblems(await fixtures.readRun(id), events), ...effectProblems(events, byRun.get(id) ?? [])];
    problems.push(...found.map((problem) => `${id} below ${place}: ${problem}`));
  }
  return problems;
};

/** What was recorded is not done again, and nobody does anything twice of their own accord. */
const repeatedEffects = (performed: readonly PerformedEffect[], crashes: readonly Crash[]): string[] => {
  const again = crashes.flatMap(({ recorded, performedCount }) =>
    performed.slice(performedCount).filter(({ idempotencyKey }) => recorded.has(idempotencyKey)),
  );
  const byWorker = Map.groupBy(performed, ({ worker, runId, taskKey }) => `${worker} ${runId} ${taskKey}`);
  return [
    ...new Set(again.map(({ idempotencyKey }) => `${idempotencyKey} was recorded and then performed again`)),
    ...[...byWorker].filter(([, effects]) => effects.length > 1).map(([key]) => `a worker performed ${key} twice`),
  ];
};

/** How many effects were done once more because nothing had been recorded of them when their worker died. */
export const countRedone = (journal: EffectJournal): number => {
  const performed = journal.read();
  return performed.length - new Set(performed.map(({ idempotencyKey }) => idempotencyKey)).size;
};
