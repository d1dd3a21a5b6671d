import { PlatformError } from '@ia-modules/plugin-sdk';
import type { ClientBase } from 'pg';
import { inTransaction } from '../database/database-connection.ts';
import { type Lease, leaseLost } from '../lease/lease.ts';
import type { RunChange } from './run-change.ts';

/** Consecutive events of one run on their way into the log, already serialized. */
export type PendingAppend = {
  readonly tenantId: string;
  readonly runId: string;
  /** The run's last sequence number before this append. */
  readonly expectedSeq: number;
  readonly lastSeq: number;
  readonly events: readonly string[];
  readonly change: RunChange;
  readonly consumedCommands: readonly string[];
};

const MAX_EVENTS_PER_CHUNK = 1_000;

const CHECK_FENCE = {
  name: 'runtime_check_fence',
  text: `select set_config('app.tenant_ids', $1, true)
    from worker_leases where name = $2 and holder = $3 and fence = $4 for share`,
};

const WRITE_GROUP = {
  name: 'runtime_write_group',
  text: `with chunks as (
    insert into run_event_chunks (tenant_id, run_id, first_seq, last_seq, events)
    select tenant_id, run_id, first_seq, last_seq, events::json
    from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[])
      as chunk (tenant_id, run_id, first_seq, last_seq, events)
  ), changed as (
    update runs set
      last_seq = change.last_seq,
      status = coalesce(change.status, runs.status),
      wait_reason = case when change.status is null then runs.wait_reason else change.wait_reason end,
      outputs = coalesce(change.outputs::json, runs.outputs),
      error = coalesce(change.error::json, runs.error),
      started_at = coalesce(runs.started_at, change.started_at),
      finished_at = coalesce(runs.finished_at, change.finished_at)
    from unnest($6::uuid[], $7::uuid[], $8::bigint[], $9::bigint[], $10::text[], $11::text[], $12::text[],
        $13::text[], $14::timestamptz[], $15::timestamptz[])
      as change (tenant_id, run_id, expected_seq, last_seq, status, wait_reason, outputs, error, started_at, finished_at)
    where runs.id = any($7::uuid[]) -- by key, or else the tenants' policy makes the planner read all of their runs
      and runs.tenant_id = change.tenant_id and runs.id = change.run_id and runs.last_seq = change.expected_seq
    returning 1
  ), consumed as (
    update run_commands set consumed_at = now() where id = any($16::bigint[]) and consumed_at is null
  )
  select (select count(*) from changed)::int as changed,
    (select count(pg_notify('run_events', payload)) from unnest($17::text[]) as payload)::int as notified`,
};

const READ_LAST_SEQS = {
  name: 'runtime_read_last_seqs',
  text: 'select id, last_seq from runs where id = any($1::uuid[])',
};

/**
 * Writes a group of appends in one transaction: under the lease's fence, chunks, run rows and consumed commands
 * together, and one notification a run.
 * @throws PlatformError IA_RUNTIME_LEASE_LOST when another holder has the lease; nothing is written then
 */
export const writeGroup = (client: ClientBase, lease: Lease, group: readonly PendingAppend[]): Promise<void> =>
  inTransaction(client, async () => {
    await enterFence(client, lease, group);
    const { rows } = await client.query<{ changed: number }>({ ...WRITE_GROUP, values: toColumns(group) });
    if (rows[0]?.changed === group.length) return;
    throw new PlatformError({
      code: 'IA_RUNTIME_LOG_CONFLICT',
      message: 'The log of a run does not end where this worker left it.',
      fault: 'infra',
      disposition: 'retry',
    });
  });

/** Reads where the logs of a group's runs end, under the fence: what tells whether an interrupted commit took place. */
export const readLastSeqs = (
  client: ClientBase,
  lease: Lease,
  group: readonly PendingAppend[],
): Promise<ReadonlyMap<string, number>> =>
  inTransaction(client, async () => {
    await enterFence(client, lease, group);
    const { rows } = await client.query<{ id: string; last_seq: string }>({
      ...READ_LAST_SEQS,
      values: [group.map((append) => append.runId)],
    });
    return new Map(rows.map((row) => [row.id, Number(row.last_seq)]));
  });

const enterFence = async (client: ClientBase, lease: Lease, group: readonly PendingAppend[]): Promise<void> => {
  const tenantIds = [...new Set(group.map((append) => append.tenantId))].join(',');
  const { rowCount } = await client.query({
    ...CHECK_FENCE,
    values: [tenantIds, lease.name, lease.holder, lease.fence],
  });
  if (rowCount !== 1) throw leaseLost(lease);
};

const toColumns = (group: readonly PendingAppend[]): unknown[] => {
  const chunks = group.flatMap(toChunks);
  return [
    chunks.map((chunk) => chunk.tenantId),
    chunks.map((chunk) => chunk.runId),
    chunks.map((chunk) => chunk.firstSeq),
    chunks.map((chunk) => chunk.lastSeq),
    chunks.map((chunk) => chunk.events),
    group.map((append) => append.tenantId),
    group.map((append) => append.runId),
    group.map((append) => append.expectedSeq),
    group.map((append) => append.lastSeq),
    group.map((append) => append.change.status),
    group.map((append) => append.change.waitReason),
    group.map((append) => append.change.outputs),
    group.map((append) => append.change.error),
    group.map((append) => append.change.startedAt),
    group.map((append) => append.change.finishedAt),
    group.flatMap((append) => append.consumedCommands),
    group.map((append) => `${append.tenantId}:${append.runId}:${append.lastSeq}`),
  ];
};

type Chunk = {
  readonly tenantId: string;
  readonly runId: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly events: string;
};

const toChunks = ({ tenantId, runId, expectedSeq, events }: PendingAppend): Chunk[] => {
  const chunks: Chunk[] = [];
  for (let start = 0; start < events.length; start += MAX_EVENTS_PER_CHUNK) {
    const part = events.slice(start, start + MAX_EVENTS_PER_CHUNK);
    const firstSeq = expectedSeq + start + 1;
    chunks.push({ tenantId, runId, firstSeq, lastSeq: firstSeq + part.length - 1, events: `[${part.join(',')}]` });
  }
  return chunks;
};
