import { z } from 'zod';
import { ERROR_FIELDS } from './error-fields.ts';
import { pageInfoSchema } from './page-info.ts';

const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.string()),
  status: z.string(),
  createdBy: z.string(),
  serviceAccount: z.object({ id: z.string(), name: z.string() }).nullable(),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
});
export type ApiToken = z.infer<typeof tokenSchema>;

const accountSchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  role: z.string(),
  createdAt: z.string(),
  disabledAt: z.string().nullable(),
});
export type ServiceAccount = z.infer<typeof accountSchema>;

const issuedSchema = z.object({ token: z.string(), apiToken: tokenSchema });
export type IssuedToken = z.infer<typeof issuedSchema>;

const TOKEN_FIELDS = 'id name prefix scopes status createdBy serviceAccount { id name } createdAt expiresAt lastUsedAt';
const ACCOUNT_FIELDS = 'id name description role createdAt disabledAt';

export const tokenList = {
  document: `query TokenList($slug: String!, $filter: ApiTokenFilter, $first: Int!, $after: String) {
  tenant(slug: $slug) {
    apiTokens(filter: $filter, first: $first, after: $after) {
      nodes { ${TOKEN_FIELDS} }
      pageInfo { hasNextPage endCursor }
    }
  }
}`,
  shape: z.object({
    tenant: z.object({ apiTokens: z.object({ nodes: z.array(tokenSchema), pageInfo: pageInfoSchema }) }).nullable(),
  }),
};

export const createToken = {
  document: `mutation CreateToken($input: CreateApiTokenInput!) {
  createApiToken(input: $input) {
    ... on CreateApiTokenSuccess { token apiToken { ${TOKEN_FIELDS} } }
    ${ERROR_FIELDS}
  }
}`,
  shape: issuedSchema,
};

export const rotateToken = {
  document: `mutation RotateToken($input: RotateApiTokenInput!) {
  rotateApiToken(input: $input) {
    ... on RotateApiTokenSuccess { token apiToken { ${TOKEN_FIELDS} } }
    ${ERROR_FIELDS}
  }
}`,
  shape: issuedSchema,
};

export const renameToken = {
  document: `mutation RenameToken($input: RenameApiTokenInput!) {
  renameApiToken(input: $input) {
    ... on RenameApiTokenSuccess { apiToken { ${TOKEN_FIELDS} } }
    ${ERROR_FIELDS}
  }
}`,
  shape: z.object({ apiToken: tokenSchema }),
};

export const revokeToken = {
  document: `mutation RevokeToken($input: RevokeApiTokenInput!) {
  revokeApiToken(input: $input) {
    ... on RevokeApiTokenSuccess { apiToken { ${TOKEN_FIELDS} } }
    ${ERROR_FIELDS}
  }
}`,
  shape: z.object({ apiToken: tokenSchema }),
};

export const serviceAccountList = {
  document: `query ServiceAccountList($slug: String!, $first: Int!, $after: String) {
  tenant(slug: $slug) {
    serviceAccounts(first: $first, after: $after) {
      nodes { ${ACCOUNT_FIELDS} }
      pageInfo { hasNextPage endCursor }
    }
  }
}`,
  shape: z.object({
    tenant: z
      .object({ serviceAccounts: z.object({ nodes: z.array(accountSchema), pageInfo: pageInfoSchema }) })
      .nullable(),
  }),
};

const accountChange = (name: string, field: string) => ({
  document: `mutation ${name}($input: ${name}Input!) {
  ${field}(input: $input) {
    ... on ${name}Success { serviceAccount { ${ACCOUNT_FIELDS} } }
    ${ERROR_FIELDS}
  }
}`,
  shape: z.object({ serviceAccount: accountSchema }),
});

export const createServiceAccount = accountChange('CreateServiceAccount', 'createServiceAccount');
export const updateServiceAccount = accountChange('UpdateServiceAccount', 'updateServiceAccount');
export const disableServiceAccount = accountChange('DisableServiceAccount', 'disableServiceAccount');
export const enableServiceAccount = accountChange('EnableServiceAccount', 'enableServiceAccount');
