import { z } from 'zod';
import { ERROR_FIELDS } from './error-fields.ts';

const TENANT_FIELDS = 'id slug name deletion { eraseAt }';
const tenantSchema = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  deletion: z.object({ eraseAt: z.string() }).nullable(),
});
export type ListedTenant = z.infer<typeof tenantSchema>;

export const tenantsOfViewer = {
  document: `query TenantsOfViewer { viewer { tenants { role tenant { ${TENANT_FIELDS} } } } }`,
  shape: z.object({
    viewer: z.object({ tenants: z.array(z.object({ role: z.string(), tenant: tenantSchema })) }).nullable(),
  }),
};

const changeOf = (name: string, type: string) => ({
  document: `mutation ${type}($input: ${type}Input!) {
  ${name}(input: $input) {
    ... on ${type}Success { tenant { ${TENANT_FIELDS} } }
    ${ERROR_FIELDS}
  }
}`,
  shape: z.object({ tenant: tenantSchema }),
});

export const createTenant = changeOf('createTenant', 'CreateTenant');
export const renameTenant = changeOf('renameTenant', 'RenameTenant');
export const deleteTenant = changeOf('deleteTenant', 'DeleteTenant');
export const restoreTenant = changeOf('restoreTenant', 'RestoreTenant');

const useSchema = z.object({ used: z.number(), limit: z.number().nullable(), resetsAt: z.string().nullable() });
const usageSchema = z.object({
  runsToday: useSchema,
  eventsToday: useSchema,
  storageBytes: useSchema,
  plugins: useSchema,
  pipelines: useSchema,
  members: useSchema,
  concurrentRuns: useSchema,
});
export type TenantUsage = z.infer<typeof usageSchema>;

const USE = '{ used limit resetsAt }';

export const tenantUsage = {
  document: `query TenantUsage($slug: String!, $days: Int!) {
  tenant(slug: $slug) {
    usage {
      runsToday ${USE} eventsToday ${USE} storageBytes ${USE} plugins ${USE} pipelines ${USE} members ${USE}
      concurrentRuns ${USE}
    }
    usageHistory(days: $days) { day runs events bytesWritten bytesRemoved }
  }
}`,
  shape: z.object({
    tenant: z
      .object({
        usage: usageSchema,
        usageHistory: z.array(
          z.object({
            day: z.string(),
            runs: z.number(),
            events: z.number(),
            bytesWritten: z.number(),
            bytesRemoved: z.number(),
          }),
        ),
      })
      .nullable(),
  }),
};

const EXPORT_FIELDS = 'id status manifestUrl files { name rows sizeBytes sha256 url }';
const exportSchema = z.object({
  id: z.string(),
  status: z.enum(['pending', 'succeeded', 'expired']),
  manifestUrl: z.string().nullable(),
  files: z.array(
    z.object({ name: z.string(), rows: z.number(), sizeBytes: z.number(), sha256: z.string(), url: z.string() }),
  ),
});
export type TenantExport = z.infer<typeof exportSchema>;

export const exportTenant = {
  document: `mutation ExportTenant($input: ExportTenantInput!) {
  exportTenant(input: $input) {
    ... on ExportTenantSuccess { export { ${EXPORT_FIELDS} } }
    ${ERROR_FIELDS}
  }
}`,
  shape: z.object({ export: exportSchema }),
};

export const tenantExport = {
  document: `query TenantExport($id: ID!) { node(id: $id) { ... on TenantExport { ${EXPORT_FIELDS} } } }`,
  shape: z.object({ node: exportSchema.nullable() }),
};
