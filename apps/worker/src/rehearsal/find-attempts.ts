import { createHash } from 'node:crypto';
import type { BlobStore } from '@ia-modules/blobs';
import { activityKey, parseUses, type RunEvent } from '@ia-modules/engine';
import type { ContributionKind } from '@ia-modules/plugin-sdk';
import { readArchivedLog, withTenants } from '@ia-modules/runtime-postgres';
import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { type Candidate, chooseSamples } from './choose-samples.ts';
import type { TakenRehearsal } from './rehearsal-rows.ts';

export type AttemptSource = { readonly pool: Pool; readonly blobs: BlobStore };

/** What a log says of an attempt in one event. */
type Mark = {
  readonly seq: number;
  readonly type: string;
  readonly stepId: string | null;
  readonly iteration: string | null;
  readonly index: string | null;
  readonly part: string | null;
  readonly attempt: number | null;
  readonly uses: string | null;
  readonly inputHash: string | null;
  readonly plugin: { readonly name: string; readonly version: string; readonly integrity: string } | null;
};

type UsingRun = { readonly runId: string; readonly archiveKey: string | null };

const MAX_RUNS = 200;
const MAX_MARKS_PER_RUN = 20_000;
const MAX_ARCHIVE_BYTES = 16 * 1_024 * 1_024;
/** Looks at more attempts than it takes, to have different inputs to choose from. */
const CANDIDATES_PER_SAMPLE = 5;

/** The newest runs that used any version but the new one, found version by version along an index. */
const FIND_RUNS = `select u.run_id as "runId", max(r.archive_key) as "archiveKey"
  from (select distinct v.version from plugin_versions v where v.plugin_name = $2 and v.version <> $3) as known
  cross join lateral (
    select p.run_id, p.used_at from plugin_uses p
    where p.tenant_id = $1 and p.plugin_name = $2 and p.version = known.version
      and ($4::uuid is null or p.pipeline_id = $4)
    order by p.used_at desc, p.run_id desc limit ${MAX_RUNS}) as u
  join runs r on r.tenant_id = $1 and r.id = u.run_id
  group by u.run_id order by max(u.used_at) desc, u.run_id desc limit ${MAX_RUNS}`;

/** Only what tells attempts apart leaves the database: inputs and outputs may be large. */
const READ_MARKS = `select c.first_seq::float8 + e.place - 1 as seq, e.event ->> 'type' as type, e.event ->> 'stepId' as "stepId",
    e.event ->> 'iteration' as iteration, e.event ->> 'index' as index, e.event ->> 'part' as part,
    (e.event ->> 'attempt')::int as attempt, e.event -> 'data' ->> 'uses' as uses,
    md5((e.event -> 'data' -> 'input')::text) as "inputHash", e.event -> 'data' -> 'plugin' as plugin
  from run_event_chunks c cross join lateral json_array_elements(c.events) with ordinality as e (event, place)
  where c.run_id = $1 and e.event ->> 'type' in ('task_scheduled', 'task_started', 'task_succeeded', 'task_failed')
  order by 1 limit ${MAX_MARKS_PER_RUN}`;

/** Chooses what a rehearsal takes: from the newest runs that used the plugin, as many as it takes to choose well. */
export const findSamples = async (
  { pool, blobs }: AttemptSource,
  rehearsal: TakenRehearsal,
  signal: AbortSignal,
): Promise<readonly Candidate[]> => {
  const { tenantId, pluginName, toVersion, pipelineId, maxSamples } = rehearsal;
  const inTenant = <T>(work: (client: PoolClient) => Promise<T>): Promise<T> => withTenants(pool, [tenantId], work);
  const { rows: runs } = await inTenant((client) =>
    client.query<UsingRun>(FIND_RUNS, [tenantId, pluginName, toVersion, pipelineId]),
  );
  const found: Candidate[] = [];
  for (const run of runs) {
    signal.throwIfAborted();
    const marks =
      run.archiveKey === null
        ? await inTenant((client) => readMarks(client, run.runId))
        : await readArchivedMarks(blobs, run.archiveKey);
    found.push(...attemptsIn(run.runId, marks, rehearsal).toReversed());
    if (found.length >= maxSamples * CANDIDATES_PER_SAMPLE) break;
  }
  return chooseSamples(found, maxSamples);
};

/** A log with a text that the database can not take apart has nothing to offer. */
const readMarks = async (client: PoolClient, runId: string): Promise<readonly Mark[]> => {
  await client.query('savepoint marks');
  try {
    return (await client.query<Mark>(READ_MARKS, [runId])).rows;
  } catch (error) {
    if (!(error instanceof DatabaseError && error.code?.startsWith('22') === true)) throw error;
    await client.query('rollback to savepoint marks');
    return [];
  }
};

const readArchivedMarks = async (blobs: BlobStore, key: string): Promise<readonly Mark[]> => {
  const archived = await readArchivedLog(blobs, key, { maxBytes: MAX_ARCHIVE_BYTES }).catch(() => undefined);
  return (archived?.events ?? []).map((event) => markOf(event));
};

const markOf = ({ seq, type, stepId, iteration, index, part, attempt, data }: RunEvent): Mark => {
  const { uses, input, plugin } = data as { uses?: string; input?: unknown; plugin?: Mark['plugin'] };
  const inputHash = input === undefined ? null : createHash('md5').update(JSON.stringify(input)).digest('hex');
  return {
    seq,
    type,
    stepId: stepId ?? null,
    iteration: iteration ?? null,
    index: index ?? null,
    part: part ?? null,
    attempt: attempt ?? null,
    uses: uses ?? null,
    inputHash,
    plugin: plugin ?? null,
  };
};

type Open = { readonly scheduled: Mark; readonly started?: Mark };

/** The attempts of the plugin that began and ended, in the order of their ends. */
const attemptsIn = (runId: string, marks: readonly Mark[], rehearsal: TakenRehearsal): readonly Candidate[] => {
  const open = new Map<string, Open>();
  const ended: Candidate[] = [];
  for (const mark of marks) {
    const key = keyOf(mark);
    const known = open.get(key);
    if (mark.type === 'task_scheduled') open.set(key, { scheduled: mark });
    else if (mark.type === 'task_started' && known !== undefined) open.set(key, { ...known, started: mark });
    else {
      open.delete(key);
      if (known?.started !== undefined)
        ended.push(...candidateOf(runId, { ...known, started: known.started, ended: mark }, rehearsal));
    }
  }
  return ended;
};

const keyOf = ({ stepId, iteration, index, attempt, part }: Mark): string =>
  `${activityKey(stepId ?? '', iteration ?? '', index ?? '')}@${attempt ?? 1}:${part ?? ''}`;

type Ended = { readonly scheduled: Mark; readonly started: Mark; readonly ended: Mark };

const candidateOf = (runId: string, { scheduled, started, ended }: Ended, rehearsal: TakenRehearsal): Candidate[] => {
  const { plugin } = started;
  const kind = kindOf(scheduled.part);
  const uses = parseUses(scheduled.uses ?? '');
  if (plugin === null || plugin.name !== rehearsal.pluginName || plugin.version === rehearsal.toVersion) return [];
  if (kind === null || uses?.kind !== 'package' || scheduled.inputHash === null) return [];
  if (rehearsal.stepId !== null && scheduled.stepId !== rehearsal.stepId) return [];
  if (rehearsal.contribution !== null && uses.step !== rehearsal.contribution) return [];
  const { stepId, iteration, index: itemIndex, part, inputHash } = scheduled;
  return [
    {
      runId,
      stepId,
      iteration,
      itemIndex,
      part,
      kind,
      inputHash,
      attempt: scheduled.attempt ?? 1,
      contribution: uses.step,
      fromVersion: plugin.version,
      fromIntegrity: plugin.integrity,
      scheduledSeq: scheduled.seq,
      startedSeq: started.seq,
      endedSeq: ended.seq,
      isFailed: ended.type === 'task_failed',
    },
  ];
};

/** What tells others of a run has no result to compare: hooks, reporters and exporters are left out. */
const kindOf = (part: string | null): ContributionKind | null => {
  if (part === null || part === 'compensate') return 'step';
  const [stage = ''] = part.split('/');
  return STAGES[stage] ?? null;
};

const STAGES: Readonly<Record<string, ContributionKind>> = {
  transform: 'transform',
  validate: 'validator',
  condition: 'condition',
};
