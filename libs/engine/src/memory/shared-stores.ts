import { createRouterMemory, type RouterMemory } from './router-memory.ts';
import { createSlotLimiter, type SlotLimiter } from './slot-limiter.ts';
import { createStepCache, type StepCache } from './step-cache.ts';

/** What runs of one process have in common. Runs of different tenants get different ones. */
export type SharedStores = {
  readonly slots: SlotLimiter;
  readonly cache: StepCache;
  readonly routers: RouterMemory;
};

/** Makes empty stores. Of cached results and of what routers have learnt the newest 10,000 are kept; nothing outlives the process. */
export const createSharedStores = (): SharedStores => ({
  slots: createSlotLimiter(),
  cache: createStepCache(),
  routers: createRouterMemory(),
});
