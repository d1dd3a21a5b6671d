import { PlatformError } from '@ia-modules/plugin-sdk';
import type { ClientBase, QueryConfig, QueryResult } from 'pg';
import { inTransaction, inTransactionOf } from '../database/database-connection.ts';
import { fenceQuery, requireFence } from '../lease/fence.ts';
import type { Lease } from '../lease/lease.ts';
import type { ApprovalRow } from './approval-rows.ts';
import { pluginUsesQuery, type PluginUse } from './plugin-uses.ts';
import { type NewResult, writeResults } from './result-rows.ts';
import { type NewReward, writeRewards } from './reward-rows.ts';
import type { RunChange } from './run-change.ts';

/** Whether nothing is to be done for a run before a time (null: ever) unless it is told something. */
export type Parking = { readonly isParked: boolean; readonly wakeAt: number | null };

/** A command from one run to another. */
export type OutgoingCommand = { readonly runId: string; readonly kind: 'cancel'; readonly reason: string };

/** What becomes true together with a run's events. */
export type AppendEffects = {
  readonly parking: Parking;
  /** The last row of each approval that changed. */
  readonly approvals: readonly ApprovalRow[];
  /** Whether the run ends without its interpreter: approvals that are open and sub-pipelines end with it. */
  readonly isAbruptEnd: boolean;
  readonly outgoing: readonly OutgoingCommand[];
  /** Results that later runs may be given. */
  readonly results: readonly NewResult[];
  /** What adaptive routers have earned. */
  readonly rewards: readonly NewReward[];
  /** Versions of plugins that the log names without their use being on record: a fork takes over what its source has run. */
  readonly uses: readonly PluginUse[];
};

/** What most events have no part in. */
export const NO_EFFECTS = {
  approvals: [],
  isAbruptEnd: false,
  outgoing: [],
  results: [],
  rewards: [],
  uses: [],
} as const;

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
  readonly effects: AppendEffects;
};

const MAX_EVENTS_PER_CHUNK = 1_000;

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
      finished_at = coalesce(runs.finished_at, change.finished_at),
      cost_usd = runs.cost_usd + change.cost_usd,
      is_parked = change.is_parked and coalesce(runs.finished_at, change.finished_at) is null,
      wake_at = change.wake_at
    from unnest($6::uuid[], $7::uuid[], $8::bigint[], $9::bigint[], $10::text[], $11::text[], $12::text[],
        $13::text[], $14::timestamptz[], $15::timestamptz[], $18::float8[], $19::boolean[], $20::timestamptz[])
      as change (tenant_id, run_id, expected_seq, last_seq, status, wait_reason, outputs, error, started_at, finished_at,
        cost_usd, is_parked, wake_at)
    where runs.id = any($7::uuid[]) -- by key, or else the tenants' policy makes the planner read all of their runs
      and runs.tenant_id = change.tenant_id and runs.id = change.run_id and runs.last_seq = change.expected_seq
    returning 1
  ), consumed as (
    update run_commands set consumed_at = now() where id = any($16::bigint[]) and consumed_at is null
  )
  select (select count(*) from changed)::int as changed,
    (select count(pg_notify('run_events', payload)) from unnest($17::text[]) as payload)::int as notified`,
};

const WRITE_APPROVALS = {
  name: 'runtime_write_approvals',
  text: `insert into approvals
      (tenant_id, run_id, key, step_id, status, request, assignees, requested_at, deadline_at, decided_at)
    select tenant_id, run_id, key, step_id, status, request, assignees, requested_at, deadline_at, decided_at
    from json_to_recordset($1::json) as changed (tenant_id uuid, run_id uuid, key text, step_id text, status text,
      request json, assignees text[], requested_at timestamptz, deadline_at timestamptz, decided_at timestamptz)
    on conflict (run_id, key) do update set status = excluded.status, request = excluded.request,
      assignees = excluded.assignees, requested_at = excluded.requested_at, deadline_at = excluded.deadline_at,
      decided_at = excluded.decided_at`,
};

const CLOSE_APPROVALS = {
  name: 'runtime_close_approvals',
  text: `update approvals set status = 'canceled', decided_at = now() where run_id = any($1::uuid[]) and status = 'open'`,
};

const CANCEL_CHILDREN = {
  name: 'runtime_cancel_children',
  text: `insert into run_commands (tenant_id, run_id, kind, payload, requested_by)
    select tenant_id, id, 'cancel', json_build_object('reason', 'The run above it has ended.'), 'run:' || parent_run_id
    from runs where parent_run_id = any($1::uuid[]) and finished_at is null`,
};

const SEND_COMMANDS = {
  name: 'runtime_send_commands',
  text: `insert into run_commands (tenant_id, run_id, kind, payload, requested_by)
    select runs.tenant_id, runs.id, sent.kind, json_build_object('reason', sent.reason), 'run:' || sent.sender
    from json_to_recordset($1::json) as sent (run_id uuid, kind text, reason text, sender text)
    join runs on runs.id = sent.run_id and runs.finished_at is null`,
};

const RING_INBOX = "select pg_notify('run_inbox', '')";

const READ_LAST_SEQS = {
  name: 'runtime_read_last_seqs',
  text: 'select id, last_seq from runs where id = any($1::uuid[])',
};

/** What is written in one transaction. */
export type PendingGroup = {
  readonly appends: readonly PendingAppend[];
  /** Written along with what the appends use. */
  readonly uses: readonly PluginUse[];
};

/**
 * Writes a group in one transaction: under the lease's fence, chunks, run rows and consumed commands together, and one
 * notification a run.
 * @throws PlatformError IA_RUNTIME_LEASE_LOST when another holder has the lease; nothing is written then
 */
export const writeGroup = (client: ClientBase, lease: Lease, { appends: group, uses }: PendingGroup): Promise<void> => {
  const allUses = [...uses, ...flatMapEffects(group, (effects) => effects.uses)];
  const queries = [
    fenceOf(lease, [...group, ...uses]),
    ...(group.length === 0 ? [] : [{ ...WRITE_GROUP, values: toColumns(group) }]),
    ...(allUses.length === 0 ? [] : [pluginUsesQuery(allUses)]),
  ];
  return inTransactionOf(client, queries, async (answers) => {
    const [fence, written] = answers as [QueryResult, QueryResult<{ changed: number }>];
    requireFence(lease, fence);
    if (group.length === 0) return;
    if (written.rows[0]?.changed !== group.length) {
      throw new PlatformError({
        code: 'IA_RUNTIME_LOG_CONFLICT',
        message: 'The log of a run does not end where this worker left it.',
        fault: 'infra',
        disposition: 'retry',
      });
    }
    await writeApprovals(client, group);
    await sendCommands(client, group);
    await writeResults(
      client,
      flatMapEffects(group, ({ results }) => results),
    );
    await writeRewards(
      client,
      flatMapEffects(group, ({ rewards }) => rewards),
    );
    await endWhatIsOpen(client, group);
  });
};

const flatMapEffects = <T>(
  group: readonly PendingAppend[],
  pick: (effects: AppendEffects) => readonly T[],
): readonly T[] => group.flatMap(({ effects }) => pick(effects));

const writeApprovals = async (client: ClientBase, group: readonly PendingAppend[]): Promise<void> => {
  const rows = group.flatMap(({ tenantId, runId, effects }) =>
    effects.approvals.map((row) => ({
      tenant_id: tenantId,
      run_id: runId,
      key: row.key,
      step_id: row.stepId,
      status: row.status,
      request: row.request,
      assignees: row.assignees,
      requested_at: toTime(row.requestedAt),
      deadline_at: toTime(row.deadlineAt),
      decided_at: toTime(row.decidedAt),
    })),
  );
  if (rows.length > 0) await client.query({ ...WRITE_APPROVALS, values: [JSON.stringify(rows)] });
};

const sendCommands = async (client: ClientBase, group: readonly PendingAppend[]): Promise<void> => {
  const sent = group.flatMap(({ runId: sender, effects }) =>
    effects.outgoing.map(({ runId, kind, reason }) => ({ run_id: runId, kind, reason, sender })),
  );
  if (sent.length === 0) return;
  await client.query({ ...SEND_COMMANDS, values: [JSON.stringify(sent)] });
  await client.query(RING_INBOX);
};

const endWhatIsOpen = async (client: ClientBase, group: readonly PendingAppend[]): Promise<void> => {
  const ended = group.flatMap(({ runId, effects }) => (effects.isAbruptEnd ? [runId] : []));
  if (ended.length === 0) return;
  await client.query({ ...CLOSE_APPROVALS, values: [ended] });
  const { rowCount } = await client.query({ ...CANCEL_CHILDREN, values: [ended] });
  if (rowCount !== 0) await client.query(RING_INBOX);
};

const toTime = (at: number | null): Date | null => (at === null ? null : new Date(at));

/** Reads where the logs of a group's runs end, under the fence: what tells whether an interrupted commit took place. */
export const readLastSeqs = (
  client: ClientBase,
  lease: Lease,
  group: readonly PendingAppend[],
): Promise<ReadonlyMap<string, number>> =>
  inTransaction(client, async () => {
    requireFence(lease, await client.query(fenceOf(lease, group)));
    const { rows } = await client.query<{ id: string; last_seq: string }>({
      ...READ_LAST_SEQS,
      values: [group.map((append) => append.runId)],
    });
    return new Map(rows.map((row) => [row.id, Number(row.last_seq)]));
  });

const fenceOf = (lease: Lease, group: readonly { readonly tenantId: string }[]): QueryConfig =>
  fenceQuery(
    lease,
    group.map(({ tenantId }) => tenantId),
  );

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
    group.flatMap((append) =>
      append.events.length === 0 ? [] : [`${append.tenantId}:${append.runId}:${append.lastSeq}`],
    ),
    group.map((append) => append.change.costUsd),
    group.map((append) => append.effects.parking.isParked),
    group.map((append) => toTime(append.effects.parking.wakeAt)),
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
