import type { PoolClient } from 'pg';

/**
 * Everyone who had a part in a run being there: who started it, who made or changed what started it by itself, and the same of
 * the runs above it, of those that it came out of and of the one whose end started it.
 */
const READ_STARTERS = `with recursive cause as not materialized (
    select r.id, r.tenant_id, r.parent_run_id, r.origin_run_id, r.created_by, r.trigger ->> 'by' as starter,
      case r.trigger ->> 'type'
        when 'schedule' then 'schedule:' || (r.trigger ->> 'schedule')
        when 'webhook' then 'webhook:' || (r.trigger ->> 'webhook')
        when 'event' then 'eventTrigger:' || (r.trigger ->> 'trigger')
      end as target,
      case r.trigger ->> 'type' when 'event' then (r.trigger -> 'event' ->> 'runId')::uuid end as source_run_id
    from runs r
  ), line as (
    select c.*, c.id as run_id from cause c where c.id = any($1::uuid[])
    union
    select c.*, l.run_id from line l join cause c on c.id in (l.parent_run_id, l.origin_run_id, l.source_run_id)
  )
  select l.run_id as id, array_agg(distinct p.person) as starters
  from line l cross join lateral (
    select coalesce(k.created_by, w.who) from (values (l.created_by), (l.starter)) as w (who)
    left join api_tokens k on w.who = 'token:' || k.id
    union all
    select a.actor ->> 'userId' from audit_log a
    where a.tenant_id = l.tenant_id and a.target = l.target and split_part(a.action, '.', 2) <> 'delete'
  ) as p (person)
  where p.person is not null
  group by l.run_id`;

export type RunStarters = { readonly id: string; readonly starters: readonly string[] };

export const fetchStarters = async (client: PoolClient, runIds: readonly string[]): Promise<RunStarters[]> =>
  (await client.query<RunStarters>(READ_STARTERS, [runIds])).rows;
