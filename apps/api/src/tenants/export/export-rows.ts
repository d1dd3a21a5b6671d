import { type Database, withTenant } from '@ia-modules/database';
import type { PoolClient } from 'pg';
import { type Keyset, keysetSql, type Page, SqlParameters } from '../../page.ts';
import type { ExportManifest, ExportPlace } from './export-manifest.ts';

export const EXPORT_STATUSES = ['pending', 'succeeded', 'expired'] as const;
export type ExportStatus = (typeof EXPORT_STATUSES)[number];

export type TenantExportRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly status: ExportStatus;
  readonly requestedBy: string;
  readonly requestedAt: Date;
  readonly finishedAt: Date | null;
  readonly manifest: ExportManifest | null;
};

const COLUMNS = `e.id, e.tenant_id as "tenantId", e.status, e.requested_by as "requestedBy",
  e.requested_at as "requestedAt", e.finished_at as "finishedAt", e.manifest`;

const KEYSET: Keyset = {
  columns: [
    { column: 'e.requested_at', type: 'timestamptz' },
    { column: 'e.id', type: 'uuid' },
  ],
  order: 'desc',
};

export const fetchTenantExports = async (client: PoolClient, ids: readonly string[]): Promise<TenantExportRow[]> => {
  const sql = `select ${COLUMNS} from tenant_exports e where e.id = any($1::uuid[])`;
  return (await client.query<TenantExportRow>(sql, [ids])).rows;
};

export const listTenantExports = async (
  client: PoolClient,
  { tenantId, page }: Readonly<{ tenantId: string; page: Page }>,
): Promise<TenantExportRow[]> => {
  const parameters = new SqlParameters();
  const tenant = parameters.add(tenantId, 'uuid');
  const keyset = keysetSql(KEYSET, page, parameters);
  const sql = `select ${COLUMNS} from tenant_exports e where e.tenant_id = ${tenant} and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<TenantExportRow>(sql, parameters.values)).rows;
};

/** Says what became of an export. */
export const finishExport = async (
  database: Database,
  { tenantId, exportId }: ExportPlace,
  { status, manifest }: Readonly<{ status: ExportStatus; manifest: ExportManifest | null }>,
): Promise<void> => {
  await withTenant(database, tenantId, (tx) =>
    tx.tenantExport.updateMany({
      where: { tenantId, id: exportId },
      data: {
        status,
        finishedAt: new Date(),
        ...(manifest !== null && { manifest }),
      },
    }),
  );
};
