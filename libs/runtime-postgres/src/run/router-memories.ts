import { createHash } from 'node:crypto';
import { type ArmStatistics, createSharedStores, type SharedStores } from '@ia-modules/engine';
import { LRUCache } from 'lru-cache';

export type RouterPlace = { readonly tenantId: string; readonly pipelineId: string; readonly stepId: string };

/** What adaptive routers have learnt, tenant by tenant, as long as the process runs. */
export type RouterMemories = {
  read(router: RouterPlace, context: string): Readonly<Record<string, ArmStatistics>>;
  add(router: RouterPlace, reward: { readonly context: string; readonly to: string; readonly reward: number }): void;
};

const MAX_TENANTS = 1_000;

/** Starts empty; of too many tenants the one that ran no router for longest is forgotten. */
export const createRouterMemories = (): RouterMemories => {
  const tenants = new LRUCache<string, SharedStores['routers']>({ max: MAX_TENANTS });
  const memoryOf = (tenantId: string): SharedStores['routers'] => {
    const memory = tenants.get(tenantId) ?? createSharedStores().routers;
    tenants.set(tenantId, memory);
    return memory;
  };
  return {
    read: ({ tenantId, pipelineId, stepId }, context) =>
      memoryOf(tenantId).read(`${pipelineId}/${stepId}`, digest(context)),
    add: ({ tenantId, pipelineId, stepId }, reward) =>
      memoryOf(tenantId).add(`${pipelineId}/${stepId}`, { ...reward, context: digest(reward.context) }),
  };
};

/** A context may be any text of a run's data, however long. */
const digest = (context: string): string => createHash('sha256').update(context).digest('base64');
