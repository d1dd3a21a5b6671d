import { createListLoader, type ListLoader } from '../../loaders.ts';
import type { TenantSession } from '../../tenant-session.ts';
import { listPluginsOfPipelines, listPluginsOfRuns, type UsedPlugin } from './used-plugins.ts';

export type UsageLoaders = {
  readonly pluginsOfRuns: ListLoader<null, readonly UsedPlugin[]>;
  readonly pluginsOfPipelines: ListLoader<null, readonly UsedPlugin[]>;
};

/** What runs and pipelines have used, within one GraphQL operation. */
export const createUsageLoaders = (session: TenantSession): UsageLoaders => ({
  pluginsOfRuns: createListLoader<null, readonly UsedPlugin[]>({
    session,
    permission: 'run.read',
    list: (client, runIds) => listPluginsOfRuns(client, runIds),
    empty: [],
  }),
  pluginsOfPipelines: createListLoader<null, readonly UsedPlugin[]>({
    session,
    permission: 'run.read',
    list: (client, pipelineIds) => listPluginsOfPipelines(client, pipelineIds),
    empty: [],
  }),
});
