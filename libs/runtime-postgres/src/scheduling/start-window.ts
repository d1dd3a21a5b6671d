const WINDOW_MS = 60_000;

/** Remembers what began within the last minute, by tenant. */
export type StartWindow = {
  note(tenantId: string): void;
  /** How long until one more may begin when only `limit` may within a minute; 0: now. */
  waitMs(tenantId: string, limit: number): number;
  /** Those of whom something began lately. */
  tenants(): Iterable<string>;
};

/** Counts exactly: no minute, wherever it begins, holds more than the limit. Only tenants with a limit should be noted. */
export const createStartWindow = (now: () => number): StartWindow => {
  const startsByTenant = new Map<string, { at: number[]; first: number }>();

  const prune = (tenantId: string): readonly number[] => {
    const starts = startsByTenant.get(tenantId);
    if (starts === undefined) return [];
    const past = now() - WINDOW_MS;
    while ((starts.at[starts.first] ?? Number.POSITIVE_INFINITY) <= past) starts.first += 1;
    if (starts.first === starts.at.length) startsByTenant.delete(tenantId);
    else if (starts.first > starts.at.length / 2) {
      starts.at = starts.at.slice(starts.first);
      starts.first = 0;
    }
    return starts.at;
  };

  return {
    note: (tenantId) => {
      prune(tenantId);
      const starts = startsByTenant.get(tenantId) ?? { at: [], first: 0 };
      starts.at.push(now());
      startsByTenant.set(tenantId, starts);
    },
    tenants: () => startsByTenant.keys(),
    waitMs: (tenantId, limit) => {
      const starts = prune(tenantId);
      const hindering = starts[starts.length - limit];
      return hindering === undefined ? 0 : Math.max(0, hindering + WINDOW_MS - now());
    },
  };
};
