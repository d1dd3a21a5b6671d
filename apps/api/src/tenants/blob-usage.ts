import { withTenantClient } from '@ia-modules/database';
import type { ExportSource } from './export/write-export.ts';

/** Measures what lies in blob storage of a tenant, and writes it into its usage of today. */
export const setBlobBytes = async ({ database, blobs }: ExportSource, tenantId: string): Promise<void> => {
  let [count, bytes] = [0, 0];
  for await (const { sizeBytes } of blobs.list(tenantId)) {
    count += 1;
    bytes += sizeBytes;
  }
  await withTenantClient(database.pool, tenantId, (client) =>
    client.query('select set_blob_bytes($1, $2, $3)', [tenantId, count, bytes]),
  );
};
