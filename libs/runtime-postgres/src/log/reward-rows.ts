import type { ArmStatistics } from '@ia-modules/engine';
import type { ClientBase } from 'pg';
import type { StepPlace } from './step-place.ts';

/** Of which context of a router one asks; `context` is a digest. */
export type ArmsQuery = StepPlace & { readonly context: string };

export type NewReward = ArmsQuery & { readonly arm: string; readonly reward: number };

export type Arms = Readonly<Record<string, ArmStatistics>>;

/** Far below what a sum can't hold: of a larger one nothing more could be learnt. */
const MAX_REWARD = 1e300;

const WRITE_REWARDS = {
  name: 'runtime_write_rewards',
  text: `insert into router_arms as learnt (tenant_id, pipeline_id, step_id, context, arm, pulls, reward)
    select tenant_id, pipeline_id, step_id, context, arm, count(*), sum(reward)
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::float8[])
      as earned (tenant_id, pipeline_id, step_id, context, arm, reward)
    group by tenant_id, pipeline_id, step_id, context, arm
    on conflict (tenant_id, pipeline_id, step_id, context, arm) do update set
      pulls = learnt.pulls + excluded.pulls, rewarded_at = excluded.rewarded_at,
      reward = greatest(-${MAX_REWARD}, least(${MAX_REWARD}, learnt.reward + excluded.reward))`,
};

const READ_ARMS = `select wanted.position::int - 1 as position, learnt.arm, learnt.pulls::float8 as pulls, learnt.reward
  from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) with ordinality
    as wanted (tenant_id, pipeline_id, step_id, context, position)
  join router_arms learnt using (tenant_id, pipeline_id, step_id, context)`;

/** Adds what was earned to what is known. */
export const writeRewards = async (client: ClientBase, rewards: readonly NewReward[]): Promise<void> => {
  if (rewards.length === 0) return;
  await client.query({
    ...WRITE_REWARDS,
    values: [...toKeys(rewards), rewards.map(({ arm }) => arm), rewards.map(({ reward }) => toAddable(reward))],
  });
};

export const readArms = async (client: ClientBase, queries: readonly ArmsQuery[]): Promise<readonly Arms[]> => {
  const { rows } = await client.query<{ position: number; arm: string } & ArmStatistics>(READ_ARMS, toKeys(queries));
  const found = Map.groupBy(rows, ({ position }) => position);
  return queries.map((_, position) =>
    Object.fromEntries((found.get(position) ?? []).map(({ arm, pulls, reward }) => [arm, { pulls, reward }])),
  );
};

/** The log has no other numbers than finite ones either. */
const toAddable = (reward: number): number =>
  Number.isFinite(reward) ? Math.max(-MAX_REWARD, Math.min(MAX_REWARD, reward)) : 0;

const toKeys = (queries: readonly ArmsQuery[]): string[][] => [
  queries.map(({ tenantId }) => tenantId),
  queries.map(({ pipelineId }) => pipelineId),
  queries.map(({ stepId }) => stepId),
  queries.map(({ context }) => context),
];
