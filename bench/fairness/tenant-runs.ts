import type { PipelineFixture, RunFixtures } from '@ia-modules/runtime-postgres/testing';

/** A run that has ended: epoch milliseconds. */
export type EndedRun = { readonly createdAt: number; readonly startedAt: number; readonly finishedAt: number };

/** Creates runs and looks at what became of them. */
export type TenantRuns = {
  create(count: number): Promise<void>;
  /** Resolves when all that were created have ended. */
  untilEnded(): Promise<EndedRun[]>;
};

const POLL_MS = 250;

const INSERT_RUNS = `insert into runs (id, tenant_id, pipeline_id, pipeline_version_id, parameters, trigger, seed, created_by)
  select gen_random_uuid(), $1, $2, $3, '{}', '{"type":"manual"}', 7, 'bench' from generate_series(1, $4)`;
const COUNT_OPEN = 'select count(*)::int as open from runs where pipeline_id = $1 and finished_at is null';
const READ_ENDED = `select extract(epoch from created_at)::float8 * 1000 as "createdAt",
    extract(epoch from started_at)::float8 * 1000 as "startedAt", extract(epoch from finished_at)::float8 * 1000 as "finishedAt"
  from runs where pipeline_id = $1 and status = 'succeeded'`;

/** The runs of a pipeline that nobody else starts. */
export const tenantRuns = ({ pool }: RunFixtures, { tenantId, pipelineId, versionId }: PipelineFixture): TenantRuns => {
  let created = 0;
  return {
    create: async (count) => {
      created += count;
      await pool.query(INSERT_RUNS, [tenantId, pipelineId, versionId, count]);
      await pool.query("notify run_inbox, ''");
    },
    untilEnded: async () => {
      for (;;) {
        const { rows } = await pool.query<{ open: number }>(COUNT_OPEN, [pipelineId]);
        if (rows[0]?.open === 0) break;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
      const { rows } = await pool.query<EndedRun>(READ_ENDED, [pipelineId]);
      if (rows.length !== created) throw new Error(`${created - rows.length} of ${created} runs did not succeed.`);
      return rows;
    },
  };
};
