import { z } from 'zod';
import { ERROR_FIELDS } from './error-fields.ts';

const limitsSchema = z.object({
  weight: z.number(),
  maxConcurrentRuns: z.number().nullable(),
  maxConcurrentTasks: z.number().nullable(),
  maxRunsPerMinute: z.number().nullable(),
  maxRunsPerDay: z.number().nullable(),
  maxEventsPerDay: z.number().nullable(),
  maxStorageBytes: z.number().nullable(),
  maxPlugins: z.number().nullable(),
  maxPipelines: z.number().nullable(),
  maxMembers: z.number().nullable(),
});
export type TenantLimits = z.infer<typeof limitsSchema>;

const LIMIT_FIELDS = Object.keys(limitsSchema.shape).join(' ');

export const tenantLimits = {
  document: `query TenantLimits($slug: String!) { tenant(slug: $slug) { limits { ${LIMIT_FIELDS} } } }`,
  shape: z.object({ tenant: z.object({ limits: limitsSchema }).nullable() }),
};

export const setTenantLimits = {
  document: `mutation SetTenantLimits($input: SetTenantLimitsInput!) {
  setTenantLimits(input: $input) {
    ... on SetTenantLimitsSuccess { limits { ${LIMIT_FIELDS} } }
    ${ERROR_FIELDS}
  }
}`,
  shape: z.object({ limits: limitsSchema }),
};
