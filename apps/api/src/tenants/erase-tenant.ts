import { appendAudit, withTenant, withTenantClient } from '@ia-modules/database';
import { EXPORTS, exportKey } from './export/export-manifest.ts';
import { type ExportSource, writeTenantExport } from './export/write-export.ts';

/** What one transaction removes at most, besides what hangs on it. */
const ROWS_PER_TRANSACTION = 200;
/** Of one transaction: 200 runs may have large logs. */
const TRANSACTION_TIMEOUT_MS = 10 * 60 * 1_000;
/** The name of the export that an erasure leaves. */
const LAST_EXPORT = 'last';

const IS_WORKER_ALIVE = 'select exists (select from worker_leases where expires_at > now()) as "isAlive"';

/** Asks what goes on in a closed tenant to end; says whether nothing is left. */
export const endTenantRuns = async ({ database }: ExportSource, tenantId: string): Promise<boolean> =>
  withTenantClient(database.pool, tenantId, async (client) => {
    const sql = "select cancel_tenant_runs($1, 'system:erasure')::float8 as unfinished";
    const { rows } = await client.query<{ unfinished: number }>(sql, [tenantId]);
    return rows[0]?.unfinished === 0;
  });

const hasBegun = async ({ database }: ExportSource, tenantId: string): Promise<boolean> =>
  ((await database.pool.query('select from erasure_export_key($1)', [tenantId])).rowCount ?? 0) > 0;

/** Exports, and only then takes the way that has no end but one. */
const begin = async (source: ExportSource, tenantId: string): Promise<void> => {
  await withTenant(source.database, tenantId, (tx) =>
    appendAudit(tx, {
      tenantId,
      actor: { kind: 'system', part: 'erasure' },
      action: 'tenant.erase',
      target: `tenant:${tenantId}`,
      details: {},
    }),
  );
  const place = { tenantId, exportId: LAST_EXPORT };
  await writeTenantExport(source, place);
  await withTenantClient(source.database.pool, tenantId, (client) =>
    client.query('select begin_erasure($1, $2)', [tenantId, exportKey(place)]),
  );
};

const removeBlobs = async ({ blobs }: ExportSource, tenantId: string): Promise<void> => {
  await blobs.delete(tenantId);
  const last = `${exportKey({ tenantId, exportId: LAST_EXPORT })}/`;
  for await (const { key } of blobs.list(`${EXPORTS}/${tenantId}`)) {
    if (!key.startsWith(last)) await blobs.delete(key);
  }
};

const removeRows = async ({ database, signal }: ExportSource, tenantId: string): Promise<void> => {
  const sql = 'select erase_tenant_rows($1, $2)::float8 as removed';
  const options = { statementTimeoutMs: TRANSACTION_TIMEOUT_MS };
  for (;;) {
    signal?.throwIfAborted();
    const removed = await withTenantClient(
      database.pool,
      tenantId,
      async (client) =>
        (await client.query<{ removed: number }>(sql, [tenantId, ROWS_PER_TRANSACTION])).rows[0]?.removed,
      options,
    );
    if (removed === undefined || removed === 0) return;
  }
};

/**
 * Erases a tenant whose days of grace are over. Each part may be done twice, and the database says how far it is, so that
 * after a crash anywhere the next call goes on. Says whether it is done: while a worker lives, its runs have to end first.
 */
export const eraseTenant = async (source: ExportSource, tenantId: string): Promise<boolean> => {
  if (!(await hasBegun(source, tenantId))) {
    const isQuiet = await endTenantRuns(source, tenantId);
    if (!isQuiet) {
      const { rows } = await source.database.pool.query<{ isAlive: boolean }>(IS_WORKER_ALIVE);
      if (rows[0]?.isAlive === true) return false;
    }
    await begin(source, tenantId);
  }
  await removeBlobs(source, tenantId);
  await removeRows(source, tenantId);
  await withTenantClient(source.database.pool, tenantId, (client) =>
    client.query('select finish_erasure($1)', [tenantId]),
  );
  return true;
};
