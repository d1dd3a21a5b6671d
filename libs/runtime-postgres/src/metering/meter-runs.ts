import { parseUses } from '@ia-modules/engine';
import type { Pool } from 'pg';
import { isDataError } from '../database/database-connection.ts';
import { withTenants } from '../database/tenants-transaction.ts';
import type { RunReference } from '../run/run-store.ts';
import type { KeptTallies } from './kept-tallies.ts';
import { readTally } from './read-tally.ts';
import { addToRollups, type EndedRun, type MeteredRun } from './rollup-rows.ts';
import type { StepTally } from './step-tally.ts';
import type { FindUses, UsesOfSteps } from './step-uses.ts';

export type MeterOptions = {
  readonly pool: Pool;
  readonly tallies: KeptTallies;
  readonly findUses: FindUses;
  /** At most so many runs. @default 500 */
  readonly maxRuns?: number;
};

export type MeterResult = {
  readonly meteredRuns: number;
  /** Whether another pass would find more to do at once. */
  readonly hasMore: boolean;
};

const MAX_RUNS = 500;
/** A pass reads so many logs of those runs that nobody remembers, and leaves the others to later ones. */
const MAX_LOGS = 20;

const FIND_UNMETERED = 'select run_id as "runId", tenant_id as "tenantId" from unmetered_runs($1)';
/** Whoever marks a run is the one who counts it. */
const MARK_METERED = `with mine as (
    select id from runs where id = any($1::uuid[]) and finished_at is not null and not is_metered
    order by id for update skip locked
  )
  update runs set is_metered = true from mine where runs.id = any($1::uuid[]) and runs.id = mine.id
  returning runs.id as "runId", runs.tenant_id as "tenantId", runs.pipeline_id as "pipelineId",
    runs.pipeline_version_id as "pipelineVersionId", runs.status, runs.finished_at as "finishedAt", runs.cost_usd as "costUsd",
    greatest(0, extract(epoch from runs.finished_at - coalesce(runs.started_at, runs.finished_at)) * 1000)::float8 as "durationMs"`;

/**
 * Counts some of the ended runs that are not counted yet. A run is marked in the transaction that adds its figures, so that
 * each counts once, whatever ends the worker and however many of them do this.
 */
export const meterRuns = async (options: MeterOptions): Promise<MeterResult> => {
  const { pool, tallies, maxRuns = MAX_RUNS } = options;
  const { rows: found } = await pool.query<RunReference>(FIND_UNMETERED, [maxRuns]);
  if (found.length === 0) return { meteredRuns: 0, hasMore: false };
  const ready = await tallyRuns(pool, tallies, found);
  const turn = found.filter(({ runId }) => ready.has(runId));
  const meteredRuns = await countWhatFits(options, turn, ready);
  for (const { runId } of turn) tallies.forget(runId);
  return { meteredRuns, hasMore: meteredRuns > 0 && (found.length === maxRuns || ready.size < found.length) };
};

/** Runs of many tenants are counted together; one whose figures no table takes must not stand in the way of the others. */
const countWhatFits = async (
  options: MeterOptions,
  runs: readonly RunReference[],
  tallies: Tallies,
): Promise<number> => {
  try {
    return await countRuns(options, runs, tallies);
  } catch (error) {
    if (!isDataError(error)) throw error;
  }
  let counted = 0;
  for (const run of runs) {
    try {
      counted += await countRuns(options, [run], tallies);
    } catch (error) {
      if (!isDataError(error)) throw error;
      counted += await countRuns(options, [run], NO_TALLIES);
    }
  }
  return counted;
};

const countRuns = (
  { pool, findUses }: MeterOptions,
  references: readonly RunReference[],
  tallies: Tallies,
): Promise<number> => {
  const runIds = references.map(({ runId }) => runId);
  const tenantIds = references.map(({ tenantId }) => tenantId);
  return withTenants(pool, tenantIds, async (client) => {
    const { rows: runs } = await client.query<EndedRun>(MARK_METERED, [runIds]);
    const versions = runs.map(({ pipelineVersionId }) => pipelineVersionId);
    const uses = await findUses(client, versions);
    await addToRollups(
      client,
      runs.map((run) => toMetered(run, tallies.get(run.runId), uses.get(run.pipelineVersionId))),
    );
    return runs.length;
  });
};

type Tallies = ReadonlyMap<string, StepTally | undefined>;

/** The run counts, its steps do not. */
const NO_TALLIES: Tallies = new Map();

/** The tallies of those runs whose turn it is. */
const tallyRuns = async (pool: Pool, kept: KeptTallies, runs: readonly RunReference[]): Promise<Tallies> => {
  const ready = new Map<string, StepTally | undefined>();
  let logs = 0;
  for (const run of runs) {
    const tally = kept.get(run.runId);
    if (tally !== undefined) ready.set(run.runId, tally);
    else if (logs < MAX_LOGS) {
      logs += 1;
      ready.set(run.runId, await readTallyIfSound(pool, run));
    }
  }
  return ready;
};

/** A log that makes no sense must not keep the runs behind it from being counted. */
const readTallyIfSound = async (pool: Pool, run: RunReference): Promise<StepTally | undefined> => {
  try {
    return await readTally(pool, run);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
};

const NO_STEPS: UsesOfSteps = new Map();

/** Of a run whose log is gone, or makes no sense, its row alone counts. */
const toMetered = (run: EndedRun, tally: StepTally | undefined, uses: UsesOfSteps = NO_STEPS): MeteredRun => {
  if (tally === undefined) return { run, ownCostUsd: run.costUsd, steps: [] };
  tally.close(run.finishedAt.getTime());
  const steps = [...tally.state.figures.values()].map((figures) => {
    const used = uses.get(figures.stepId) ?? '';
    // What a sub-pipeline cost is counted where it arose: in that pipeline's run.
    return { ...figures, uses: used, costUsd: parseUses(used)?.kind === 'pipeline' ? 0 : figures.costUsd };
  });
  const ownCostUsd = steps.reduce((sum, { costUsd }) => sum + costUsd, tally.state.runCostUsd);
  return { run, ownCostUsd, steps };
};
