import type { EventDraft } from '@ia-modules/engine';
import type { TestDatabase } from '@ia-modules/database/testing';
import { toStoredEvent } from '@ia-modules/runtime-postgres';
import { Client } from 'pg';

export type RunLogWriter = {
  /** Appends events as the worker does: log, row and notification in one commit. */
  append(run: Readonly<{ tenantId: string; runId: string }>, drafts: readonly EventDraft[]): Promise<void>;
  /** Drops the first events of a log, as pruning does. */
  prune(run: Readonly<{ tenantId: string; runId: string }>, throughSeq: number): Promise<void>;
  /** Drops the chunks that begin with these events. */
  forget(run: Readonly<{ tenantId: string; runId: string }>, firstSeqs: readonly number[]): Promise<void>;
  close(): Promise<void>;
};

const statusOf = (draft: EventDraft | undefined): string =>
  draft?.type === 'run_succeeded' ? 'succeeded' : draft?.type === 'run_failed' ? 'failed' : 'running';

/** Writes run logs with the worker's role, without a worker. */
export const createRunLogWriter = async ({ urls, adminUrl }: TestDatabase): Promise<RunLogWriter> => {
  const worker = new Client({ connectionString: urls.worker });
  const admin = new Client({ connectionString: adminUrl });
  await Promise.all([worker.connect(), admin.connect()]);

  return {
    async append({ tenantId, runId }, drafts) {
      await worker.query('begin');
      await worker.query(`select set_config('app.tenant_ids', $1, true)`, [tenantId]);
      const { rows } = await worker.query('select last_seq::int as seq from runs where id = $1 for update', [runId]);
      const lastSeq: number = rows[0].seq;
      const events = drafts.map((draft, index) => {
        const place = { runId, seq: lastSeq + index + 1, at: 1_800_000_000_000 + index };
        return toStoredEvent({ ...draft, ...place });
      });
      const newSeq = lastSeq + events.length;
      await worker.query(
        `insert into run_event_chunks (tenant_id, run_id, first_seq, last_seq, events) values ($1, $2, $3, $4, $5)`,
        [tenantId, runId, lastSeq + 1, newSeq, JSON.stringify(events)],
      );
      await worker.query('update runs set last_seq = $2, status = $3 where id = $1', [
        runId,
        newSeq,
        statusOf(drafts.at(-1)),
      ]);
      await worker.query(`select pg_notify('run_events', $1)`, [`${tenantId}:${runId}:${newSeq}`]);
      await worker.query('commit');
    },
    async prune({ runId }, throughSeq) {
      await admin.query('delete from run_event_chunks where run_id = $1 and last_seq <= $2', [runId, throughSeq]);
    },
    async forget({ runId }, firstSeqs) {
      await admin.query('delete from run_event_chunks where run_id = $1 and first_seq = any($2)', [runId, firstSeqs]);
    },
    close: async () => {
      await Promise.all([worker.end(), admin.end()]);
    },
  };
};

export const STARTED: EventDraft = { type: 'run_started', data: { parameters: {}, trigger: {}, pipeline: {} } };
export const SUCCEEDED: EventDraft = { type: 'run_succeeded', data: { outputs: { done: true } } };
export const stepSucceeded = (stepId: string, output: number): EventDraft => ({
  type: 'step_succeeded',
  stepId,
  data: { output },
});
