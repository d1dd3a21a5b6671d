import type { PoolClient } from 'pg';

export type UsedPlugin = { readonly name: string; readonly version: string; readonly integrity: string };

const USED = `u.plugin_name as name, u.version, u.integrity`;

const USED_BY_RUNS = `select u.run_id as "parentId", ${USED} from plugin_uses u
  where u.run_id = any($1::uuid[]) order by u.plugin_name, u.version`;

type UsedRow = UsedPlugin & { readonly parentId: string };

/** What each of the runs has used: never many. */
export const listPluginsOfRuns = async (
  client: PoolClient,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, readonly UsedPlugin[]>> => {
  const { rows } = await client.query<UsedRow>(USED_BY_RUNS, [runIds]);
  return Map.groupBy(rows, ({ parentId }) => parentId);
};

/** One step from each version to the next, however many runs have used it. */
const USED_BY_PIPELINES = `select parent.id as "parentId", found.* from unnest($1::uuid[]) as parent (id)
  cross join lateral (
    with recursive steps as (
      (select u.plugin_name as name, u.version, u.integrity from plugin_uses u where u.pipeline_id = parent.id
        order by u.plugin_name, u.version limit 1)
      union all
      select next.* from steps cross join lateral (
        select u.plugin_name as name, u.version, u.integrity from plugin_uses u
        where u.pipeline_id = parent.id and (u.plugin_name, u.version) > (steps.name, steps.version)
        order by u.plugin_name, u.version limit 1) next
    ) select * from steps limit 1000
  ) found`;

/** What runs of each of the pipelines have used. */
export const listPluginsOfPipelines = async (
  client: PoolClient,
  pipelineIds: readonly string[],
): Promise<ReadonlyMap<string, readonly UsedPlugin[]>> => {
  const { rows } = await client.query<UsedRow>(USED_BY_PIPELINES, [pipelineIds]);
  return Map.groupBy(rows, ({ parentId }) => parentId);
};
