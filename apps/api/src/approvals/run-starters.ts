import type { PoolClient } from 'pg';

/** Everyone who had a part in a run being there: who started it, the runs above it, and those that it came out of. */
const READ_STARTERS = `with recursive line as (
    select r.id, r.parent_run_id, r.origin_run_id, r.created_by, r.trigger ->> 'by' as starter, r.id as run_id
    from runs r where r.id = any($1::uuid[])
    union
    select r.id, r.parent_run_id, r.origin_run_id, r.created_by, r.trigger ->> 'by', l.run_id
    from line l join runs r on r.id = l.parent_run_id or r.id = l.origin_run_id
  )
  select l.run_id as id, array_agg(distinct coalesce(k.created_by, p.person)) as starters
  from line l cross join lateral (values (l.created_by), (l.starter)) as p (person)
  left join api_tokens k on p.person = 'token:' || k.id
  where p.person is not null
  group by l.run_id`;

export type RunStarters = { readonly id: string; readonly starters: readonly string[] };

export const fetchStarters = async (client: PoolClient, runIds: readonly string[]): Promise<RunStarters[]> =>
  (await client.query<RunStarters>(READ_STARTERS, [runIds])).rows;
