import { z } from 'zod';
import { ERROR_FIELDS } from './error-fields.ts';

const limitsSchema = z.object({
  weight: z.number(),
  maxConcurrentRuns: z.number().nullable(),
  maxConcurrentTasks: z.number().nullable(),
  maxRunsPerMinute: z.number().nullable(),
});
export type TenantLimits = z.infer<typeof limitsSchema>;

const LIMIT_FIELDS = 'weight maxConcurrentRuns maxConcurrentTasks maxRunsPerMinute';

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
