import type { Pool } from 'pg';

/** How long a subscriber may be away and still hear of all that became of runs and approvals. */
export const CHANGES_KEPT_MS = 24 * 60 * 60 * 1_000;
/** A transaction that takes long stamps its changes with the time of its beginning. */
const MARGIN_MS = 60 * 60 * 1_000;
const CHANGES_PER_COMMIT = 5_000;

/** Removes what the feeds of tenants no longer keep. */
export const forgetChanges = async (pool: Pool, now: number, signal: AbortSignal): Promise<void> => {
  const before = new Date(now - CHANGES_KEPT_MS - MARGIN_MS);
  for (let removed = CHANGES_PER_COMMIT; removed === CHANGES_PER_COMMIT && !signal.aborted; ) {
    const { rows } = await pool.query<{ removed: number }>('select forget_tenant_changes($1, $2) as removed', [
      before,
      CHANGES_PER_COMMIT,
    ]);
    removed = rows[0]?.removed ?? 0;
  }
};
