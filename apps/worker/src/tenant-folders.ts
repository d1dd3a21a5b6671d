import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { createTenantFiles } from '@ia-modules/plugin-host';
import { PluginError } from '@ia-modules/plugin-sdk';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import { withTenants } from '@ia-modules/runtime-postgres';
import type { Pool } from 'pg';

const TENANT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MEASURED_FOR_MS = 10_000;
const MAX_MEASURED = 1_000;

export type TenantFolders = {
  /** The files of one tenant. A new one is refused when they take more room than a tenant has. */
  filesOf(tenantId: string): TrustedContext['files'];
  /** Removes the files of tenants that are no more. */
  sweep(pool: Pool): Promise<void>;
};

/** Keeps the files that the platform's own plugins write, a folder for each tenant. */
export const createTenantFolders = (root: string, maxBytes: number): TenantFolders => {
  const measured = new Map<string, { readonly bytes: Promise<number>; readonly until: number }>();
  const sizeOf = (tenantId: string): Promise<number> => {
    const known = measured.get(tenantId);
    if (known !== undefined && known.until > performance.now()) return known.bytes;
    if (measured.size >= MAX_MEASURED) measured.clear();
    const bytes = measure(path.join(root, tenantId));
    measured.set(tenantId, { bytes, until: performance.now() + MEASURED_FOR_MS });
    bytes.catch(() => measured.delete(tenantId));
    return bytes;
  };
  return {
    filesOf: (tenantId) => {
      const files = createTenantFiles(path.join(root, tenantId));
      return {
        resolve: async (file) => {
          const resolved = await files.resolve(file);
          if ((await isThere(resolved)) || (await sizeOf(tenantId)) < maxBytes) return resolved;
          throw full(maxBytes);
        },
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

const isThere = async (file: string): Promise<boolean> => (await stat(file).catch(ifMissing(undefined))) !== undefined;

const measure = async (folder: string): Promise<number> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(ifMissing([]));
  let bytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    bytes += (await stat(path.join(entry.parentPath, entry.name)).catch(ifMissing({ size: 0 }))).size;
  }
  return bytes;
};

/** What goes while it is looked at is as if it had never been there. */
const ifMissing =
  <T>(instead: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return instead;
    throw error;
  };

const full = (maxBytes: number): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_LIMIT',
    message: `The files of a tenant take at most ${maxBytes} bytes.`,
    hint: 'Delete some of them.',
  });
