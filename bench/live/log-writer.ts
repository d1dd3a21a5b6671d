import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

export type RunKey = { readonly tenantId: string; readonly runId: string };

/** Writes events as a worker does: those of many runs in one statement, with a notification for each run. */
export type LogWriter = AsyncDisposable & {
  /** `onCommit` is called with each run's new event just before the commit is sent. */
  write(runs: readonly RunKey[], onCommit: (runId: string, seq: number) => void): Promise<void>;
};

const WRITE = `with chunks as (
    insert into run_event_chunks (tenant_id, run_id, first_seq, last_seq, events)
    select run.tenant_id, run.id, run.last_seq + 1, run.last_seq + 1, $2::json
    from unnest($1::uuid[]) as wanted (id) join runs run on run.id = wanted.id
    returning tenant_id, run_id, last_seq
  ), changed as (
    update runs set last_seq = chunks.last_seq from chunks where runs.id = any($1::uuid[]) and runs.id = chunks.run_id
  )
  select run_id as "runId", last_seq::int as seq, pg_notify('run_events', tenant_id || ':' || run_id || ':' || last_seq)
  from chunks`;

const EVENT = JSON.stringify([
  { type: 'step_succeeded', at: 1_800_000_000_000, stepId: 'a', data: { output: { text: 'x'.repeat(100) } } },
]);

export const openLogWriter = async (url: string): Promise<LogWriter> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  return {
    write: async (runs, onCommit) => {
      const tenantIds = [...new Set(runs.map(({ tenantId }) => tenantId))].join(',');
      await client.query('begin');
      await client.query("select set_config('app.tenant_ids', $1, true)", [tenantIds]);
      const { rows } = await client.query<{ runId: string; seq: number }>(WRITE, [
        runs.map(({ runId }) => runId),
        EVENT,
      ]);
      for (const { runId, seq } of rows) onCommit(runId, seq);
      await client.query('commit');
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
};

type Rate = { readonly perSecond: number; readonly seconds: number; readonly perCommit: number };

/** Calls `work` at even distances, as many times as it takes; falls behind rather than doing two at once. */
export const atRate = async ({ perSecond, seconds, perCommit }: Rate, work: (turn: number) => Promise<void>) => {
  const turns = Math.round((perSecond * seconds) / perCommit);
  const everyMs = (1_000 * perCommit) / perSecond;
  const startedAt = performance.now();
  for (let turn = 0; turn < turns; turn += 1) {
    const waitMs = startedAt + turn * everyMs - performance.now();
    if (waitMs > 1) await delay(waitMs);
    await work(turn);
  }
  return (performance.now() - startedAt) / 1_000;
};
