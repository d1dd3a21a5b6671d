import type { Status } from '@ia-modules/engine';
import { CHANGES_KEPT_MS } from '@ia-modules/runtime-postgres';
import type { PoolClient } from 'pg';
import { type ApprovalRow, type ApprovalStatus, fetchApprovals } from '../approvals/approval-rows.ts';
import { fetchRuns, type RunRow } from '../runs/run-rows.ts';
import type { FeedPage, FeedSource, FeedWish, Placed } from './feed-source.ts';
import type { Place } from './place.ts';

type Noted<S> = { readonly tenantId: string; readonly place: Place; readonly at: Date; readonly status: S };

/** What became of a run. */
export type RunChange = Noted<Status> & {
  readonly waitReason: string | null;
  readonly pipelineId: string;
  /** As it is now. */
  readonly run: RunRow;
};

/** What became of an approval. */
export type ApprovalChange = Noted<ApprovalStatus> & { readonly approval: ApprovalRow };

/** Changes up to here may be missing. */
export type FeedGap = { readonly until: Date };

export type RunChangeItem = RunChange | FeedGap;
export type ApprovalChangeItem = ApprovalChange | FeedGap;

/** Where a feed begins that continues nothing: with what is not committed yet. */
export const NOW: Place = [-1, 0];

const MAX_CHANGES = 200;

/**
 * In the order of transactions, and none at or above the oldest that is still at work: whatever commits later stands behind
 * all that was read. One snapshot for both.
 */
const READ = `with horizon as materialized (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as xid)
  select horizon.xid::float8 as horizon, change.*, (
      select exists (select from tenant_changes c where c.tenant_id = $1 and c.kind = $2 and c.xid >= horizon.xid)
    ) as "isHeldBack"
  from horizon left join lateral (
    select c.xid::float8 as xid, c.id::float8 as id, c.at, c.run_id as "runId", c.key, c.pipeline_id as "pipelineId",
      c.status, c.wait_reason as "waitReason"
    from tenant_changes c
    where c.tenant_id = $1 and c.kind = $2 and (c.xid, c.id) > ($3, $4) and c.xid < horizon.xid
    order by c.xid, c.id limit ${MAX_CHANGES}
  ) change on true
  order by change.xid, change.id`;

type Row = {
  readonly horizon: number;
  readonly isHeldBack: boolean;
  readonly xid: number | null;
  readonly id: number;
  readonly at: Date;
  readonly runId: string;
  readonly key: string;
  readonly pipelineId: string;
  readonly status: string;
  readonly waitReason: string | null;
};

type ChangeRead<T> = {
  readonly client: PoolClient;
  readonly kind: 'run' | 'approval';
  readonly wish: FeedWish;
  readonly complete: (rows: readonly Row[]) => Promise<readonly Placed<T>[]>;
};

const ITEM_BYTES = 1_000;

const readChanges = async <T>({ client, kind, wish, complete }: ChangeRead<T>): Promise<FeedPage<T>> => {
  const isFresh = wish.after[0] === NOW[0];
  const after = isFresh ? [Number.MAX_SAFE_INTEGER, 0] : wish.after;
  const { rows } = await client.query<Row>(READ, [wish.id, kind, ...after]);
  const [{ horizon, isHeldBack } = { horizon: 0, isHeldBack: false }] = rows;
  if (isFresh) {
    return { items: [], end: [horizon - 1, Number.MAX_SAFE_INTEGER], hasMore: false, isOver: false, isHeldBack };
  }
  const changes = rows.filter(({ xid }) => xid !== null);
  const last = changes.at(-1);
  return {
    items: await complete(changes),
    end: last === undefined ? wish.after : placeOf(last),
    hasMore: changes.length === MAX_CHANGES,
    isOver: false,
    isHeldBack,
  };
};

const placeOf = ({ xid, id }: Row): Place => [xid ?? 0, id];

const completeRuns =
  (client: PoolClient, tenantId: string) =>
  async (rows: readonly Row[]): Promise<readonly Placed<RunChangeItem>[]> => {
    if (rows.length === 0) return [];
    const runs = await fetchRuns(client, [...new Set(rows.map(({ runId }) => runId))]);
    const byId = new Map(runs.map((run) => [run.id, run]));
    return rows.flatMap((row) => {
      const run = byId.get(row.runId);
      if (run === undefined) return [];
      const { at, pipelineId, status, waitReason } = row;
      const place = placeOf(row);
      const item: RunChange = { tenantId, place, at, pipelineId, status: status as Status, waitReason, run };
      return { place, item, bytes: ITEM_BYTES };
    });
  };

const completeApprovals =
  (client: PoolClient, tenantId: string) =>
  async (rows: readonly Row[]): Promise<readonly Placed<ApprovalChangeItem>[]> => {
    if (rows.length === 0) return [];
    const idOf = ({ runId, key }: Row): string => `${runId}:${key}`;
    const approvals = await fetchApprovals(client, [...new Set(rows.map(idOf))]);
    const byId = new Map(approvals.map((approval) => [approval.id, approval]));
    return rows.flatMap((row) => {
      const approval = byId.get(idOf(row));
      if (approval === undefined) return [];
      const place = placeOf(row);
      const item: ApprovalChange = { tenantId, place, at: row.at, status: row.status as ApprovalStatus, approval };
      return { place, item, bytes: ITEM_BYTES };
    });
  };

const readOne = async <T>(
  wishes: readonly FeedWish[],
  read: (wish: FeedWish) => Promise<FeedPage<T>>,
): Promise<ReadonlyMap<string, FeedPage<T>>> => {
  const pages = new Map<string, FeedPage<T>>();
  for (const wish of wishes) pages.set(wish.id, await read(wish));
  return pages;
};

/** What becomes of the runs of a tenant; the feed's id is the tenant's. */
export const runChangeSource: FeedSource<RunChangeItem> = {
  name: 'tenantRuns',
  permission: 'run.read',
  read: (client, wishes) =>
    readOne(wishes, (wish) => readChanges({ client, kind: 'run', wish, complete: completeRuns(client, wish.id) })),
};

/** What becomes of the approvals of a tenant; the feed's id is the tenant's. */
export const approvalChangeSource: FeedSource<ApprovalChangeItem> = {
  name: 'approvals',
  permission: 'approval.read',
  read: (client, wishes) =>
    readOne(wishes, (wish) =>
      readChanges({ client, kind: 'approval', wish, complete: completeApprovals(client, wish.id) }),
    ),
};

/** What somebody who was away since then can not hear of any more; null when nothing is missing. */
export const gapSince = (at: Date, now: Date): FeedGap | null => {
  const keptSince = now.getTime() - CHANGES_KEPT_MS;
  return at.getTime() < keptSince ? { until: new Date(keptSince) } : null;
};

/** The place of this moment in the feeds of tenants, whichever. */
export const readNow = async (client: PoolClient): Promise<Place> => {
  const { rows } = await client.query<{ horizon: number }>(
    'select pg_snapshot_xmin(pg_current_snapshot())::text::float8 as horizon',
  );
  return [(rows[0]?.horizon ?? 1) - 1, Number.MAX_SAFE_INTEGER];
};
