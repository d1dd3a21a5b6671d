/** One piece of work of a tenant: when it came, began and ended. */
export type Served = {
  readonly tenantId: string;
  readonly priority: number;
  readonly arrivedAt: number;
  begunAt: number;
  endedAt: number;
};

/** Jain's index: 1 when all got the same, 1/n when one got everything. */
export const jainsIndex = (values: readonly number[]): number => {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value * value, 0);
  return (sum * sum) / (values.length * squares);
};

/** The fairness of the time for which tenants had places, over their weights, while all of them had work waiting. */
export const fairnessOf = (served: readonly Served[], weightOf: (tenantId: string) => number): number => {
  const byTenant = Map.groupBy(served, ({ tenantId }) => tenantId);
  const ofTenants = [...byTenant.values()];
  const from = Math.max(...ofTenants.map((work) => Math.min(...work.map(({ arrivedAt }) => arrivedAt))));
  const until = Math.min(...ofTenants.map((work) => Math.max(...work.map(({ begunAt }) => begunAt))));
  const usedMs = (work: readonly Served[]): number =>
    work.reduce((sum, { begunAt, endedAt }) => sum + overlap(begunAt, endedAt, { from, until }), 0);
  return jainsIndex([...byTenant].map(([tenantId, work]) => usedMs(work) / weightOf(tenantId)));
};

export const waitsOf = (served: readonly Served[], tenantId: string): number[] =>
  served.filter((work) => work.tenantId === tenantId).map(({ arrivedAt, begunAt }) => begunAt - arrivedAt);

/** @param rank between 0 and 1 */
export const percentile = (values: readonly number[], rank: number): number => {
  const ascending = values.toSorted((a, b) => a - b);
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * rank))] ?? Number.NaN;
};

const overlap = (begin: number, end: number, window: { readonly from: number; readonly until: number }): number =>
  Math.max(0, Math.min(end, window.until) - Math.max(begin, window.from));
