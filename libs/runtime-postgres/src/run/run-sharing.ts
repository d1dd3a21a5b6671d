import { createResultCache, type ResultCache } from './result-cache.ts';
import { createRouterMemories, type RouterMemories } from './router-memories.ts';
import { createSlotGate, type SlotGate } from './slot-gate.ts';

/** What the runs of a worker have in common; keys are scoped by tenant. Nothing of it outlives the process. */
export type RunSharing = {
  readonly slots: SlotGate;
  readonly results: ResultCache;
  readonly routers: RouterMemories;
};

/** What is shared over all terms of a worker: limits are counted anew in each term. */
export type ProcessSharing = Omit<RunSharing, 'slots'>;

export const createProcessSharing = (): ProcessSharing => ({
  results: createResultCache(),
  routers: createRouterMemories(),
});

/** Adds the limits of one term of the lease. */
export const createTermSharing = (sharing: ProcessSharing): RunSharing => ({ ...sharing, slots: createSlotGate() });
