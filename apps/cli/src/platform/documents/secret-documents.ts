import { z } from 'zod';
import { ERROR_FIELDS } from './error-fields.ts';
import { pageInfoSchema } from './page-info.ts';

const secretSchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  currentVersion: z.number(),
  updatedAt: z.string(),
  lastUsedAt: z.string().nullable(),
});
export type Secret = z.infer<typeof secretSchema>;

const SECRET_FIELDS = Object.keys(secretSchema.shape).join(' ');

export const secretList = {
  document: `query TenantSecrets($slug: String!, $first: Int!, $after: String) {
  tenant(slug: $slug) {
    secrets(first: $first, after: $after) { nodes { ${SECRET_FIELDS} } pageInfo { hasNextPage endCursor } }
  }
}`,
  shape: z.object({
    tenant: z.object({ secrets: z.object({ nodes: z.array(secretSchema), pageInfo: pageInfoSchema }) }).nullable(),
  }),
};

/** A mutation and what is asked of its success. */
const mutation = (name: string, fields: string): string =>
  `mutation ${name}($input: ${name}Input!) {
  ${name.slice(0, 1).toLowerCase()}${name.slice(1)}(input: $input) {
    ... on ${name}Success { ${fields} }
    ${ERROR_FIELDS}
  }
}`;

const changedShape = z.object({ secret: secretSchema });
const CHANGED_FIELDS = `secret { ${SECRET_FIELDS} }`;

export const createSecret = { document: mutation('CreateSecret', CHANGED_FIELDS), shape: changedShape };
export const rotateSecret = { document: mutation('RotateSecret', CHANGED_FIELDS), shape: changedShape };
export const rollbackSecret = { document: mutation('RollbackSecret', CHANGED_FIELDS), shape: changedShape };
export const deleteSecret = {
  document: mutation('DeleteSecret', 'deletedId'),
  shape: z.object({ deletedId: z.string() }),
};
export const testSecret = {
  document: mutation('TestSecret', 'version isEqual fingerprint'),
  shape: z.object({ version: z.number(), isEqual: z.boolean().nullable(), fingerprint: z.string() }),
};
