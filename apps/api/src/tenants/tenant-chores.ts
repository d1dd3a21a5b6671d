import type { Logger } from 'pino';
import { setBlobBytes } from './blob-usage.ts';
import { endTenantRuns, eraseTenant } from './erase-tenant.ts';
import { exportKey } from './export/export-manifest.ts';
import { type ExportSource, writeTenantExport } from './export/write-export.ts';
import { finishExport } from './export/export-rows.ts';

const PAUSE_MS = 5_000;
/** How old the measure of a tenant's large values may get. */
const MEASURE_AGE_MS = 10 * 60 * 1_000;
const MEASURES_PER_ROUND = 20;
const MS_PER_DAY = 24 * 60 * 60 * 1_000;
/** Of all API processes on one database, one at a time does this. */
const LOCK_KEY = 7_236_540;

export type TenantChoresInit = ExportSource & {
  readonly logger: Logger;
  /** How long exports are kept, also that of a tenant which is gone. */
  readonly exportKeepDays: number;
};

type Chore = {
  readonly kind: 'export' | 'expire' | 'cancel' | 'erase';
  readonly tenantId: string;
  readonly exportId: string | null;
};

export type TenantChores = {
  /** Begins to look every few seconds. */
  readonly start: () => void;
  /** Looks at once. */
  readonly wake: () => void;
  /** One look, in this process; false when another one is at it. */
  readonly round: () => Promise<boolean>;
  /** Ends a round that goes on where it is; the next process takes it up. */
  readonly stop: () => Promise<void>;
};

const READ_CHORES = `select kind, tenant_id as "tenantId", export_id as "exportId" from tenant_chores($1)`;

const doChore = async (init: TenantChoresInit, { kind, tenantId, exportId }: Chore): Promise<void> => {
  const place = { tenantId, exportId: exportId ?? '' };
  switch (kind) {
    case 'export':
      return finishExport(init.database, place, {
        status: 'succeeded',
        manifest: await writeTenantExport(init, place),
      });
    case 'expire':
      await init.blobs.delete(exportKey(place));
      return finishExport(init.database, place, { status: 'expired', manifest: null });
    case 'cancel':
      await endTenantRuns(init, tenantId);
      return;
    case 'erase':
      if (await eraseTenant(init, tenantId)) init.logger.info({ tenantId }, 'a tenant was erased');
  }
};

const removeOldExports = async ({ database, blobs }: TenantChoresInit, until: Date): Promise<void> => {
  const sql = 'select id, export_key as "exportKey" from expired_exports($1)';
  const { rows } = await database.pool.query<{ id: string; exportKey: string }>(sql, [until]);
  for (const row of rows) {
    await blobs.delete(row.exportKey);
    await database.pool.query('select forget_export($1)', [row.id]);
  }
};

const measureBlobs = async (init: TenantChoresInit, before: Date): Promise<void> => {
  const sql = 'select tenant_id as "tenantId" from unmeasured_tenants($1, $2)';
  const { rows } = await init.database.pool.query<{ tenantId: string }>(sql, [before, MEASURES_PER_ROUND]);
  for (const { tenantId } of rows) {
    if (isStopping(init)) return;
    await setBlobBytes(init, tenantId);
  }
};

const isStopping = ({ signal }: TenantChoresInit): boolean => signal?.aborted === true;

const doRound = async (init: TenantChoresInit): Promise<void> => {
  const exportsUntil = new Date(Date.now() - init.exportKeepDays * MS_PER_DAY);
  const { rows: chores } = await init.database.pool.query<Chore>(READ_CHORES, [exportsUntil]);
  for (const chore of chores) {
    if (isStopping(init)) return;
    try {
      await doChore(init, chore);
    } catch (error) {
      if (isStopping(init)) return;
      // What fails for one tenant stands in nobody else's way; it comes again in the next round.
      init.logger.error({ err: error, ...chore }, 'a chore of a tenant failed');
    }
  }
  await removeOldExports(init, exportsUntil);
  await measureBlobs(init, new Date(Date.now() - MEASURE_AGE_MS));
};

const lockedRound = async (init: TenantChoresInit): Promise<boolean> => {
  const client = await init.database.pool.connect();
  let failure: Error | undefined;
  try {
    const { rows } = await client.query<{ isMine: boolean }>('select pg_try_advisory_lock($1) as "isMine"', [LOCK_KEY]);
    if (rows[0]?.isMine !== true) return false;
    await doRound(init);
    return true;
  } finally {
    // A connection that keeps the lock is not handed out again.
    await client.query('select pg_advisory_unlock($1)', [LOCK_KEY]).catch((error: Error) => (failure = error));
    client.release(failure);
  }
};

/** Exports and erases tenants, one after the other, in the background of an API process. */
export const createTenantChores = (options: TenantChoresInit): TenantChores => {
  const stopping = new AbortController();
  const init = { ...options, signal: stopping.signal };
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<boolean> | undefined;
  let isStarted = false;

  const round = async (): Promise<boolean> => {
    await current?.catch(() => false);
    current = lockedRound(init);
    return current;
  };

  const look = (): void => {
    clearTimeout(timer);
    timer = undefined;
    round()
      .catch((error: unknown) => init.logger.warn({ err: error }, 'the chores of tenants have to wait'))
      .finally(() => {
        if (isStarted && timer === undefined) timer = setTimeout(look, PAUSE_MS).unref();
      });
  };

  return {
    round,
    start: () => {
      isStarted = true;
      timer = setTimeout(look, PAUSE_MS).unref();
    },
    wake: () => {
      if (isStarted) look();
    },
    stop: async () => {
      isStarted = false;
      clearTimeout(timer);
      stopping.abort();
      await current?.catch(() => false);
    },
  };
};
