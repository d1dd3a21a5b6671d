import type { BlobStore } from '@ia-modules/blobs';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Pool } from 'pg';
import { withTenants } from '../database/tenants-transaction.ts';
import type { RuntimeLog } from '../runtime-log.ts';
import { forgetDeliveries } from '../triggers/forget-deliveries.ts';
import { archiveLines } from './archive-lines.ts';
import { archiveLog } from './archive-log.ts';

export type PruneOptions = {
  readonly pool: Pool;
  readonly blobs: BlobStore;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly log: RuntimeLog;
  /** Ends the pass early, between two runs. */
  readonly signal?: AbortSignal;
  /** At most so many runs in one pass. @default 1000 */
  readonly maxRuns?: number;
};

export type PruneResult = {
  readonly prunedRuns: number;
  /** Of those, how many left an archive. */
  readonly archivedRuns: number;
  /** How many keep their log until a later pass: something failed, the pass was ended, or the run above them has not. */
  readonly keptRuns: number;
  /** Whether another pass would find more to do at once. */
  readonly hasMore: boolean;
};

const MAX_RUNS = 1_000;
const RUNS_PER_COMMIT = 50;
/** How far to look for runs that can be pruned while archives can not be written. */
const MAX_CANDIDATES = 20_000;

/** Logs that nobody archives come first: they need no room in the storage. By chance, so that what has to stay is not always first. */
const FIND_PRUNABLE = `select run_id as "runId", tenant_id as "tenantId", archives_logs as "archivesLog"
  from prunable_runs($1, ${MAX_CANDIDATES}) order by archives_logs, random() limit $2`;
/** A run that may still ask for the outputs of the one below it. */
const READ_RUNS = `select id, last_seq::float8 as "lastSeq", exists (
    select from runs parent where parent.id = runs.parent_run_id and parent.finished_at is null) as "isAwaited"
  from runs where id = any($1::uuid[])`;
const REMOVE_LOGS = `with pruned as (
    update runs set pruned_at = $3, archive_key = ready.archive_key
    from unnest($1::uuid[], $2::text[]) as ready (run_id, archive_key)
    where runs.id = any($1::uuid[]) and runs.id = ready.run_id
      and runs.finished_at is not null and runs.pruned_at is null
    returning runs.id, runs.archive_key
  ), chunks as (
    delete from run_event_chunks where run_id = any($1::uuid[]) and run_id in (select id from pruned)
  ), lines as (
    delete from run_log_chunks where run_id = any($1::uuid[]) and run_id in (select id from pruned)
  ), snapshots as (
    delete from run_snapshots where run_id = any($1::uuid[]) and run_id in (select id from pruned)
  )
  select count(*)::int as "prunedRuns", count(archive_key)::int as "archivedRuns" from pruned`;

type PrunableRun = { readonly runId: string; readonly tenantId: string; readonly archivesLog: boolean };
type ReadyRun = PrunableRun & { readonly archiveKey: string | null };
type RunState = { readonly id: string; readonly lastSeq: number; readonly isAwaited: boolean };
type Removed = Pick<PruneResult, 'prunedRuns' | 'archivedRuns'>;

/**
 * Removes the logs of ended runs that are older than their tenants keep them, and webhook deliveries that nobody repeats
 * any more. A log that its tenant archives goes to blob storage first, and the run's large values stay there with it; else
 * they are deleted. What is outside of the database comes first and may be done twice, so that a pass that breaks off
 * anywhere leaves the rest to the next one.
 */
export const pruneLogs = async (options: PruneOptions): Promise<PruneResult> => {
  const { pool, now, maxRuns = MAX_RUNS } = options;
  await forgetDeliveries({ pool, now: new Date(now) });
  const { rows: runs } = await pool.query<PrunableRun>(FIND_PRUNABLE, [new Date(now), maxRuns]);
  const result = { prunedRuns: 0, archivedRuns: 0, keptRuns: 0 };
  for (let start = 0; start < runs.length; start += RUNS_PER_COMMIT) {
    const batch = runs.slice(start, start + RUNS_PER_COMMIT);
    const { ready, isOver } = await prepare(options, batch);
    const removed = await removeLogs(options, ready);
    result.prunedRuns += removed.prunedRuns;
    result.archivedRuns += removed.archivedRuns;
    result.keptRuns += isOver ? runs.length - start - ready.length : batch.length - ready.length;
    if (isOver) break;
  }
  return { ...result, hasMore: runs.length === maxRuns && result.keptRuns === 0 };
};

type Prepared = { readonly ready: readonly ReadyRun[]; readonly isOver: boolean };

/** Does what has to be done outside of the database; the pass is over when the storage takes nothing. */
const prepare = async (options: PruneOptions, runs: readonly PrunableRun[]): Promise<Prepared> => {
  const states = await readRuns(options.pool, runs);
  const ready: ReadyRun[] = [];
  for (const run of runs) {
    if (options.signal?.aborted === true) return { ready, isOver: true };
    const state = states.get(run.runId);
    if (state === undefined || state.isAwaited) continue;
    try {
      ready.push({ ...run, archiveKey: await prepareRun(options, run, state.lastSeq) });
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      options.log.warn({ runId: run.runId, tenantId: run.tenantId, err: error }, 'a log could not be pruned');
      if (error.code === 'IA_BLOB_UNAVAILABLE' || error.code === 'IA_BLOB_NO_SPACE') return { ready, isOver: true };
    }
  }
  return { ready, isOver: false };
};

const prepareRun = async ({ pool, blobs }: PruneOptions, run: PrunableRun, lastSeq: number): Promise<string | null> => {
  const { tenantId, runId } = run;
  if (run.archivesLog) {
    await archiveLines(pool, blobs, run);
    return archiveLog(pool, blobs, { tenantId, runId, lastSeq });
  }
  await blobs.delete(`${tenantId}/${runId}/`);
  return null;
};

const readRuns = (pool: Pool, runs: readonly PrunableRun[]): Promise<ReadonlyMap<string, RunState>> =>
  withTenants(pool, tenantsOf(runs), async (client) => {
    const { rows } = await client.query<RunState>(READ_RUNS, [idsOf(runs)]);
    return new Map(rows.map((state) => [state.id, state]));
  });

const removeLogs = async ({ pool, now }: PruneOptions, runs: readonly ReadyRun[]): Promise<Removed> => {
  if (runs.length === 0) return { prunedRuns: 0, archivedRuns: 0 };
  const archiveKeys = runs.map(({ archiveKey }) => archiveKey);
  return withTenants(pool, tenantsOf(runs), async (client) => {
    const { rows } = await client.query<Removed>(REMOVE_LOGS, [idsOf(runs), archiveKeys, new Date(now)]);
    return rows[0] ?? { prunedRuns: 0, archivedRuns: 0 };
  });
};

const tenantsOf = (runs: readonly PrunableRun[]): readonly string[] => runs.map(({ tenantId }) => tenantId);
const idsOf = (runs: readonly PrunableRun[]): readonly string[] => runs.map(({ runId }) => runId);
