import { randomBytes } from 'node:crypto';
import type { RunFixtures } from '@ia-modules/runtime-postgres/testing';
import type { Pool } from 'pg';
import { onTestFinished } from 'vitest';

/** Watches from within the database who writes logs, and under which fence. */
export type CommitWitness = {
  /** The URL of a further worker, under a name of its own. */
  readonly login: (workerUrl: string) => Promise<string>;
  /** Terms in which more than one worker wrote, and commits of a term that was over. */
  readonly problems: () => Promise<readonly string[]>;
  readonly countWriters: () => Promise<number>;
};

const WATCH = `
  create table chaos_commits (
    id bigserial primary key, writer text not null, fence bigint not null, run_id uuid not null
  );
  create function chaos_witness() returns trigger language plpgsql security definer as $$
  begin
    insert into public.chaos_commits (writer, fence, run_id)
      select session_user, fence, new.run_id from public.worker_leases;
    return null;
  end $$;
  create trigger chaos_witness after insert on run_event_chunks for each row execute function chaos_witness();`;

const PROBLEMS = `
  select 'fence ' || fence || ' was written under by ' || string_agg(distinct writer, ' and ') as problem
    from chaos_commits group by fence having count(distinct writer) > 1
  union all
  select writer || ' wrote under fence ' || fence || ' when that was over'
    from (select writer, fence, max(fence) over (order by id) as newest from chaos_commits) as commits
    where fence < newest`;

export const watchCommits = async ({ pool }: RunFixtures): Promise<CommitWitness> => {
  await pool.query(WATCH);
  return {
    login: (workerUrl) => createLogin(pool, workerUrl),
    problems: async () => (await pool.query<{ problem: string }>(PROBLEMS)).rows.map(({ problem }) => problem),
    countWriters: async () => (await pool.query('select distinct writer from chaos_commits')).rowCount ?? 0,
  };
};

const createLogin = async (pool: Pool, workerUrl: string): Promise<string> => {
  const name = `chaos_worker_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(16).toString('hex');
  const url = new URL(workerUrl);
  await pool.query(`create role ${name} login password '${password}' in role ${url.username}`);
  onTestFinished(async () => {
    await pool.query(`drop role ${name}`);
  });
  url.username = name;
  url.password = password;
  return url.toString();
};
