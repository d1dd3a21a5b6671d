import { z } from 'zod';
import { ERROR_FIELDS } from './error-fields.ts';

const flagSchema = z.object({
  name: z.string(),
  description: z.string(),
  isEnabled: z.boolean(),
  isEnabledByDefault: z.boolean(),
  setBy: z.enum(['TENANT', 'OPERATOR']),
});
export type FeatureFlag = z.infer<typeof flagSchema>;

const FLAG_FIELDS = 'name description isEnabled isEnabledByDefault setBy';

export const featureFlags = {
  document: `query FeatureFlags($slug: String!) { tenant(slug: $slug) { featureFlags { ${FLAG_FIELDS} } } }`,
  shape: z.object({ tenant: z.object({ featureFlags: z.array(flagSchema) }).nullable() }),
};

const changeOf = (name: string, type: string) => ({
  document: `mutation ${type}($input: ${type}Input!) {
  ${name}(input: $input) {
    ... on ${type}Success { featureFlag { ${FLAG_FIELDS} } }
    ${ERROR_FIELDS}
  }
}`,
  shape: z.object({ featureFlag: flagSchema }),
});

export const setFeatureFlag = changeOf('setFeatureFlag', 'SetFeatureFlag');
export const resetFeatureFlag = changeOf('resetFeatureFlag', 'ResetFeatureFlag');
