import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { APPROVER, SIGNAL } from './pipelines.ts';

/** Everybody whom the runs of a tenant wait for. */
export type Answers = { readonly stop: () => Promise<void> };

const ROUND_MS = 30;

/** An approval is decided again and again as long as it stands open, so that some decisions come late or twice. */
const DECIDE = `insert into run_commands (tenant_id, run_id, kind, payload, requested_by)
  select tenant_id, run_id, 'decide_approval', jsonb_build_object('key', key, 'decision', 'approve') || $2::jsonb, 'chaos'
  from approvals where tenant_id = $1 and status = 'open'`;
/** Signals come before their run has got so far, and after; each run's have one delivery, so that it counts once. */
const SIGNAL_RUNS = `insert into run_commands (tenant_id, run_id, kind, payload, requested_by)
  select runs.tenant_id, runs.id, 'signal', jsonb_build_object('delivery', runs.id) || $2::jsonb, 'chaos'
  from runs join pipelines on pipelines.tenant_id = runs.tenant_id and pipelines.id = runs.pipeline_id
  where runs.tenant_id = $1 and runs.finished_at is null and pipelines.name = 'chaos-signals'`;

/** Answers until it is stopped, through times when the database does not. */
export const startAnswers = (pool: Pool, tenantId: string): Answers => {
  const stopping = new AbortController();
  const answer = async (): Promise<void> => {
    const decided = await pool.query(DECIDE, [tenantId, JSON.stringify(APPROVER)]);
    const signaled = await pool.query(SIGNAL_RUNS, [tenantId, JSON.stringify(SIGNAL)]);
    if (decided.rowCount !== 0 || signaled.rowCount !== 0) await pool.query("select pg_notify('run_inbox', '')");
  };
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await answer().catch(() => undefined);
      await delay(ROUND_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const working = work();
  return {
    stop: () => {
      stopping.abort();
      return working;
    },
  };
};
