import { PlatformError } from '@ia-modules/plugin-sdk';
import type { PoolClient } from 'pg';
import { notFound } from '../access.ts';

/** How much of something a tenant uses; `limit` is null without a quota. */
export type QuotaUse = {
  readonly used: number;
  readonly limit: number | null;
  /** When it counts from zero again; null for what only gets less when something is removed. */
  readonly resetsAt: Date | null;
};

export type TenantUsage = {
  readonly runsToday: QuotaUse;
  readonly eventsToday: QuotaUse;
  readonly storageBytes: QuotaUse;
  readonly plugins: QuotaUse;
  readonly pipelines: QuotaUse;
  readonly members: QuotaUse;
  readonly concurrentRuns: QuotaUse;
};

/** What a tenant used on one day of UTC. */
export type UsageDay = {
  readonly day: Date;
  readonly runs: number;
  readonly events: number;
  readonly bytesWritten: number;
  readonly bytesRemoved: number;
};

export const MAX_HISTORY_DAYS = 366;

/** The columns of limits are named after what they limit. */
const READ_USAGE = `with days as (
    select kind, events, bytes, day = (now() at time zone 'UTC')::date as "isToday", day
    from tenant_usage where tenant_id = $1::uuid
  )
  select
    coalesce((select sum(events) from days where kind like 'started-%' and "isToday"), 0)::float8 as "runsToday",
    coalesce((select events from days where kind = 'written' and "isToday"), 0)::float8 as "eventsToday",
    greatest(0, coalesce((select sum(case when kind in ('written', 'lines') then bytes
        when kind in ('removed', 'lines_removed') then -bytes else 0 end) from days), 0)
      + coalesce((select bytes from days where kind = 'blobs' order by day desc limit 1), 0))::float8 as "storageBytes",
    (select count(*) from installations where tenant_id = $1::uuid)::float8 as "plugins",
    (select count(*) from pipelines where tenant_id = $1::uuid and archived_at is null)::float8 as "pipelines",
    (select count(*) from tenant_members)::float8 as "members",
    (select count(*) from runs where tenant_id = $1::uuid and status = 'running')::float8 as "concurrentRuns",
    l.max_runs_per_day::float8 as "maxRunsToday", l.max_events_per_day::float8 as "maxEventsToday",
    l.max_storage_bytes::float8 as "maxStorageBytes", l.max_plugins::float8 as "maxPlugins",
    l.max_pipelines::float8 as "maxPipelines", l.max_members::float8 as "maxMembers",
    l.max_concurrent_runs::float8 as "maxConcurrentRuns",
    (((now() at time zone 'UTC')::date + 1)::timestamp at time zone 'UTC') as "tomorrow"
  from tenant_limits l where l.tenant_id = $1::uuid`;

type Counted = Record<keyof TenantUsage, number> &
  Record<`max${Capitalize<keyof TenantUsage>}`, number | null> & { readonly tomorrow: Date };

export const readTenantUsage = async (client: PoolClient, tenantId: string): Promise<TenantUsage> => {
  const [row] = (await client.query<Counted>(READ_USAGE, [tenantId])).rows;
  if (row === undefined) throw notFound();
  return {
    runsToday: { used: row.runsToday, limit: row.maxRunsToday, resetsAt: row.tomorrow },
    eventsToday: { used: row.eventsToday, limit: row.maxEventsToday, resetsAt: row.tomorrow },
    storageBytes: { used: row.storageBytes, limit: row.maxStorageBytes, resetsAt: null },
    plugins: { used: row.plugins, limit: row.maxPlugins, resetsAt: null },
    pipelines: { used: row.pipelines, limit: row.maxPipelines, resetsAt: null },
    members: { used: row.members, limit: row.maxMembers, resetsAt: null },
    concurrentRuns: { used: row.concurrentRuns, limit: row.maxConcurrentRuns, resetsAt: null },
  };
};

const READ_HISTORY = `select d.day::timestamp at time zone 'UTC' as day,
    coalesce(sum(u.events) filter (where u.kind like 'started-%'), 0)::float8 as runs,
    coalesce(sum(u.events) filter (where u.kind = 'written'), 0)::float8 as events,
    coalesce(sum(u.bytes) filter (where u.kind in ('written', 'lines')), 0)::float8 as "bytesWritten",
    coalesce(sum(u.bytes) filter (where u.kind in ('removed', 'lines_removed')), 0)::float8 as "bytesRemoved"
  from generate_series((now() at time zone 'UTC')::date - ($2::integer - 1), (now() at time zone 'UTC')::date,
    interval '1 day') as d (day)
  left join tenant_usage u on u.tenant_id = $1::uuid and u.day = d.day
  group by d.day order by d.day desc`;

/** @throws PlatformError IA_API_INVALID */
export const checkHistoryDays = (days: number): void => {
  if (days >= 1 && days <= MAX_HISTORY_DAYS) return;
  throw new PlatformError({ code: 'IA_API_INVALID', message: `\`days\` is from 1 to ${MAX_HISTORY_DAYS}.` });
};

/** The last days, today first; days on which nothing happened included. */
export const readUsageHistory = async (
  client: PoolClient,
  { tenantId, days }: Readonly<{ tenantId: string; days: number }>,
): Promise<UsageDay[]> => (await client.query<UsageDay>(READ_HISTORY, [tenantId, days])).rows;
