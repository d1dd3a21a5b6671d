import type { TestDatabase } from '@ia-modules/database/testing';
import {
  activityKey,
  compilePipeline,
  type MemoryRunHandle,
  type PipelineDefinition,
  type RunEvent,
  startInMemory,
  type TaskExecutor,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { toStoredEvent } from '@ia-modules/runtime-postgres';
import { Client } from 'pg';

export type StoredRunKey = { readonly tenantId: string; readonly runId: string };

/** Writes rows as the worker does, without one: the logs are those of real runs, in memory. */
export type WorkerRows = {
  /** Runs a definition as far as it goes and stores its log, its row and its approvals under a stored run. */
  record(
    run: StoredRunKey,
    definition: unknown,
    options?: {
      readonly executor?: TaskExecutor;
      /** What it is told when it waits; it is given up when it waits for more. */
      readonly tell?: (run: MemoryRunHandle) => void;
    },
  ): Promise<readonly RunEvent[]>;
  query(sql: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
};

const APPROVAL_SQL = `insert into approvals (tenant_id, run_id, key, step_id, status, request, assignees, requested_at)
  values ($1, $2, $3, $4, 'open', $5, $6, now())`;

export const createWorkerRows = async ({ adminUrl }: TestDatabase): Promise<WorkerRows> => {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();

  const store = async ({ tenantId, runId }: StoredRunKey, events: readonly RunEvent[], row: object) => {
    await admin.query('begin');
    await admin.query(
      'insert into run_event_chunks (tenant_id, run_id, first_seq, last_seq, events) values ($1, $2, 1, $3, $4)',
      [tenantId, runId, events.length, JSON.stringify(events.map(toStoredEvent))],
    );
    const { status, waitReason, isOver } = row as { status: string; waitReason: string | null; isOver: boolean };
    await admin.query(
      `update runs set last_seq = $2, status = $3, wait_reason = $4, started_at = now(),
         finished_at = case when $5 then now() end where id = $1`,
      [runId, events.length, status, waitReason, isOver],
    );
    for (const event of events) {
      if (event.type !== 'approval_requested') continue;
      const { stepId = '', data } = event;
      const key = activityKey(stepId, event.iteration, event.index);
      await admin.query(APPROVAL_SQL, [tenantId, runId, key, stepId, data, data['assignees'] ?? []]);
    }
    await admin.query('commit');
  };

  return {
    async record(run, definition, { executor, tell } = {}) {
      const events: RunEvent[] = [];
      let hasTold = tell === undefined;
      const handle = startInMemory({
        plan: compilePipeline(definition as PipelineDefinition),
        runId: run.runId,
        clock: 'virtual',
        ...(executor === undefined ? {} : { executor }),
        onEvent: (event) => events.push(event),
        onStalled: () => {
          if (hasTold) return;
          hasTold = true;
          tell?.(handle);
        },
      });
      const { view } = await handle.done;
      const isOver = view.finishedAt !== null;
      await store(run, events, { status: view.status, waitReason: isOver ? null : view.waitReason, isOver });
      return events;
    },
    query: async (sql, values = []) => (await admin.query<Record<string, unknown>>(sql, [...values])).rows,
    close: () => admin.end(),
  };
};

/** An executor that fails the steps named and gives every other step's input back. */
export const failingAt = (...stepIds: readonly string[]): TaskExecutor => ({
  execute: ({ stepId, input }) =>
    stepIds.includes(stepId) ? Promise.reject(new Error(`${stepId} is broken`)) : Promise.resolve(input),
});

/** One that never learns what became of the steps named. */
export const losingAt = (...stepIds: readonly string[]): TaskExecutor => ({
  execute: async ({ stepId, input }, { emitStarted }) => {
    await emitStarted({});
    if (!stepIds.includes(stepId)) return input;
    throw new PlatformError({ code: 'IA_TASK_FAILED', message: 'No answer came.', details: { outcome: 'unknown' } });
  },
});
