import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { createTenantFiles } from '@ia-modules/plugin-host';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import { withTenants } from '@ia-modules/runtime-postgres';
import type { Pool } from 'pg';
import { createFileQuota, ifMissing, isThere } from './file-quota.ts';

const TENANT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export type TenantFolders = {
  /** The files of one tenant, which together take no more room than a tenant has. */
  filesOf(tenantId: string): TrustedContext['files'];
  /** Removes the files of tenants that are no more. */
  sweep(pool: Pool): Promise<void>;
};

/** Keeps the files that the platform's own plugins write, a folder for each tenant. */
export const createTenantFolders = (root: string, maxBytes: number): TenantFolders => {
  const quota = createFileQuota(maxBytes);
  return {
    filesOf: (tenantId) => {
      const folder = path.join(root, tenantId);
      const files = createTenantFiles(folder);
      return {
        resolve: async (file, writing) => {
          const resolved = await files.resolve(file);
          if (writing === undefined) return resolved;
          await quota.add(folder, { bytes: writing.toWriteBytes, isNew: !(await isThere(resolved)) });
          return await files.resolve(file, writing);
        },
        reserve: (wantedBytes) => quota.reserve(folder, wantedBytes),
      };
    },
    sweep: async (pool) => {
      const folders = (await readdir(root).catch(ifMissing([]))).filter((folder) => TENANT_ID.test(folder));
      if (folders.length === 0) return;
      const { rows } = await withTenants(pool, folders, (client) =>
        client.query<{ id: string }>('select id from tenants where id = any($1::uuid[])', [folders]),
      );
      const living = new Set(rows.map(({ id }) => id));
      for (const folder of folders) {
        if (!living.has(folder)) await rm(path.join(root, folder), { recursive: true, force: true });
      }
    },
  };
};
