import type { Pool } from 'pg';
import { createBatchedReads } from '../database/batched-reads.ts';
import { withTenants } from '../database/tenants-transaction.ts';
import { readResults, type ResultQuery, type StoredResult } from '../log/result-rows.ts';
import { type Arms, type ArmsQuery, readArms } from '../log/reward-rows.ts';
import type { RuntimeLog } from '../runtime-log.ts';
import type { Clock } from './clock.ts';
import { createResultCache, type ResultCache } from './result-cache.ts';
import { createRouterMemories, type RouterMemories } from './router-memories.ts';
import { createSlotGate, type SlotGate } from './slot-gate.ts';

/** What the runs of a worker have in common in one term of the lease; keys are scoped by tenant. */
export type RunSharing = {
  readonly slots: SlotGate;
  readonly results: ResultCache;
  readonly routers: RouterMemories;
  /** Tenants whose runs have left something since it was last trimmed. */
  readonly grown: Set<string>;
};

export type TermSharingOptions = {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: RuntimeLog;
  /** Ends the waits for the database. */
  readonly signal: AbortSignal;
};

/** Each result may be a mebibyte large. */
const MAX_RESULTS_PER_READ = 32;
const MAX_ARMS_PER_READ = 500;

/** Limits are counted anew in each term; what another worker stored meanwhile is read from the database. */
export const createTermSharing = ({ pool, clock, log, signal }: TermSharingOptions): RunSharing => {
  const findResult = createBatchedReads<ResultQuery, StoredResult | undefined>({
    read: (queries) => withTenants(pool, tenantsOf(queries), (client) => readResults(client, queries, clock.now())),
    maxBatch: MAX_RESULTS_PER_READ,
    signal,
    log,
  });
  const findArms = createBatchedReads<ArmsQuery, Arms>({
    read: (queries) => withTenants(pool, tenantsOf(queries), (client) => readArms(client, queries)),
    maxBatch: MAX_ARMS_PER_READ,
    signal,
    log,
  });
  const grown = new Set<string>();
  const onGrown = (tenantId: string): unknown => grown.add(tenantId);
  return {
    slots: createSlotGate(),
    results: createResultCache({ clock, find: findResult, onGrown }),
    routers: createRouterMemories({ find: findArms, onGrown }),
    grown,
  };
};

const tenantsOf = (queries: readonly { readonly tenantId: string }[]): string[] =>
  queries.map(({ tenantId }) => tenantId);
