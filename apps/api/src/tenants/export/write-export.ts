import type { BlobStore } from '@ia-modules/blobs';
import { type Database, withTenantClient } from '@ia-modules/database';
import type { PoolClient } from 'pg';
import { type ExportFile, exportKey, type ExportManifest, type ExportPlace, writeManifest } from './export-manifest.ts';
import { writeExportFile } from './file-writer.ts';

/** Rows may be large: a run's outputs, a chunk of its log. */
const ROWS_PER_FETCH = 20;

export type ExportSource = {
  readonly database: Database;
  readonly blobs: BlobStore;
  /** Ends it early, as a crash would. */
  readonly signal?: AbortSignal | undefined;
};

async function* readRows(client: PoolClient, signal: AbortSignal | undefined): AsyncGenerator<string, void> {
  for (;;) {
    signal?.throwIfAborted();
    const { rows } = await client.query<{ line: string }>(`fetch ${ROWS_PER_FETCH} from tenant_export`);
    for (const { line } of rows) yield line;
    if (rows.length < ROWS_PER_FETCH) return;
  }
}

/** The large values of a tenant, one a line. */
async function* readBlobs({ blobs, signal }: ExportSource, tenantId: string): AsyncGenerator<string, void> {
  for await (const { key } of blobs.list(tenantId)) {
    signal?.throwIfAborted();
    const bytes = await blobs.get(key);
    if (bytes !== undefined) yield JSON.stringify({ key, base64: Buffer.from(bytes).toString('base64') });
  }
}

const listTables = async ({ pool }: Database): Promise<readonly string[]> =>
  (await pool.query<{ name: string }>('select name from tenant_export_tables()')).rows.map(({ name }) => name);

const readAuditEnd = ({ pool }: Database, tenantId: string): Promise<ExportManifest['audit']> =>
  withTenantClient(pool, tenantId, async (client) => {
    const sql = 'select seq::float8 as seq, hash from audit_heads where tenant_id = $1';
    const { rows } = await client.query<ExportManifest['audit']>(sql, [tenantId]);
    return rows[0] ?? { seq: 0, hash: '' };
  });

const writeTable = (
  { database, blobs, signal }: ExportSource,
  place: ExportPlace,
  table: string,
): Promise<ExportFile> =>
  withTenantClient(database.pool, place.tenantId, async (client) => {
    await client.query('select open_tenant_export($1, $2)', [place.tenantId, table]);
    return writeExportFile({ blobs, prefix: exportKey(place), table, lines: readRows(client, signal) });
  });

/**
 * Writes everything that the platform keeps of a tenant to blob storage, one file a table; values of secrets and hashes of
 * tokens stay out. What an attempt before left behind is removed first.
 */
export const writeTenantExport = async (source: ExportSource, place: ExportPlace): Promise<ExportManifest> => {
  const { database, blobs } = source;
  const prefix = exportKey(place);
  await blobs.delete(prefix);
  const audit = await readAuditEnd(database, place.tenantId);
  const files: ExportFile[] = [];
  for (const table of await listTables(database)) files.push(await writeTable(source, place, table));
  const lines = readBlobs(source, place.tenantId);
  files.push(await writeExportFile({ blobs, prefix, table: 'blobs', lines }));
  const exportedAt = new Date().toISOString();
  const manifest: ExportManifest = { format: 1, tenantId: place.tenantId, exportedAt, audit, files };
  await writeManifest(blobs, place, manifest);
  return manifest;
};
