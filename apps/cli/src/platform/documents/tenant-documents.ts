import { z } from 'zod';
import { pageInfoSchema } from './page-info.ts';

const tenantSchema = z.object({ id: z.string(), slug: z.string(), name: z.string() });
export type Tenant = z.infer<typeof tenantSchema>;

export const viewerTenants = {
  document: `query ViewerTenants {
  viewer { tenants { role tenant { id slug name } } }
}`,
  shape: z.object({ viewer: z.object({ tenants: z.array(z.object({ tenant: tenantSchema })) }).nullable() }),
};

export const pipelinesByName = {
  document: `query PipelinesByName($slug: String!, $name: String!, $after: String) {
  tenant(slug: $slug) {
    pipelines(search: $name, includeArchived: true, first: 100, after: $after) {
      nodes { id name }
      pageInfo { hasNextPage endCursor }
    }
  }
}`,
  shape: z.object({
    tenant: z
      .object({
        pipelines: z.object({
          nodes: z.array(z.object({ id: z.string(), name: z.string() })),
          pageInfo: pageInfoSchema,
        }),
      })
      .nullable(),
  }),
};
