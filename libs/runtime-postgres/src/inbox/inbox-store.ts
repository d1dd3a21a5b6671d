import type { Json } from '@ia-modules/engine';
import type { Pool } from 'pg';
import { withTenants } from '../database/tenants-transaction.ts';
import type { RunReference } from '../run/run-store.ts';

/** `id` grows with time, but for commands that were written at the same moment. */
export type CommandReference = RunReference & { readonly id: string };

export type StoredCommand = CommandReference & {
  readonly kind: string;
  readonly payload: Json;
  /** What the payload takes as JSON. */
  readonly bytes: number;
  readonly requestedBy: string;
};

export type ClaimableRun = RunReference & {
  readonly pipelineId: string;
  readonly priority: number;
  readonly createdAt: Date;
};

export type ClaimQuery = {
  /** At most so many of each tenant. */
  readonly limit: number;
  /** Runs, tenants and pipelines that are passed over. */
  readonly known: readonly string[];
  readonly fullTenants: readonly string[];
  readonly fullPipelines: readonly string[];
};

/** What there is to do, over all tenants. */
export type InboxStore = {
  /** Runs that nobody has begun; of each tenant those that come first. */
  claimable(query: ClaimQuery): Promise<readonly ClaimableRun[]>;
  /** Runs that somebody has to work on, though nobody began them now. */
  open(): Promise<readonly RunReference[]>;
  /** Parked runs that are due until then. */
  due(until: Date, limit: number): Promise<readonly RunReference[]>;
  /** When a parked run or a schedule is next due. */
  nextDueAt(): Promise<Date | null>;
  /** Commands that no run has answered yet and that one can take, behind one of them, in order. */
  pendingCommands(after: string, limit: number): Promise<readonly CommandReference[]>;
  pendingCommandsOf(runs: readonly RunReference[]): Promise<readonly CommandReference[]>;
  /** Those that were answered since they were listed are left out: a run may have left memory in between. */
  readCommands(commands: readonly CommandReference[]): Promise<readonly StoredCommand[]>;
  /** Marks what is left of a run's commands as answered: an ended run does no more. */
  consumeCommands(run: RunReference): Promise<void>;
};

const READ_COMMANDS = `select id, tenant_id as "tenantId", run_id as "runId", kind, payload,
    octet_length(payload::text) as bytes, requested_by as "requestedBy"
  from run_commands where id = any($1::bigint[]) and consumed_at is null order by id`;
const CONSUME_COMMANDS = 'update run_commands set consumed_at = now() where run_id = $1 and consumed_at is null';
const REFERENCE = 'run_id as "runId", tenant_id as "tenantId"';

export const createInboxStore = (pool: Pool): InboxStore => ({
  claimable: async ({ limit, known, fullTenants, fullPipelines }) => {
    const { rows } = await pool.query<ClaimableRun>(
      `select ${REFERENCE}, pipeline_id as "pipelineId", priority, created_at as "createdAt"
       from claimable_runs($1, $2, $3, $4)`,
      [limit, known, fullTenants, fullPipelines],
    );
    return rows;
  },
  open: async () => (await pool.query<RunReference>(`select ${REFERENCE} from open_runs()`)).rows,
  due: async (until, limit) =>
    (await pool.query<RunReference>(`select ${REFERENCE} from due_runs($1, $2)`, [until, limit])).rows,
  nextDueAt: async () => (await pool.query<{ at: Date | null }>('select next_due_at() as at')).rows[0]?.at ?? null,
  pendingCommands: async (after, limit) =>
    (await pool.query<CommandReference>(`select id, ${REFERENCE} from pending_run_commands($1, $2)`, [after, limit]))
      .rows,
  pendingCommandsOf: async (runs) =>
    (
      await pool.query<CommandReference>(`select id, ${REFERENCE} from pending_commands_of($1)`, [
        runs.map(({ runId }) => runId),
      ])
    ).rows,
  readCommands: async (commands) => {
    if (commands.length === 0) return [];
    const result = await withTenants(
      pool,
      commands.map(({ tenantId }) => tenantId),
      (client) => client.query<StoredCommand>(READ_COMMANDS, [commands.map(({ id }) => id)]),
    );
    return result.rows;
  },
  consumeCommands: async ({ tenantId, runId }) => {
    await withTenants(pool, [tenantId], (client) => client.query(CONSUME_COMMANDS, [runId]));
  },
});
