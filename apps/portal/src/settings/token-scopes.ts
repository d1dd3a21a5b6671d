import type { TokenScope } from '../gql/graphql.ts';

/** What each scope lets a token do, in the order of the form. */
const SCOPE_DESCRIPTIONS: Readonly<Record<TokenScope, string>> = {
  PIPELINES_READ: 'read pipelines',
  PIPELINES_WRITE: 'write pipelines',
  RUNS_READ: 'read runs',
  RUNS_WRITE: 'start and control runs',
  APPROVALS_WRITE: "decide approvals in its creator's name",
  PLUGINS_READ: 'read plugins',
  PLUGINS_INSTALL: 'install plugins',
  PLUGINS_PUBLISH: 'publish plugins',
  TENANT_READ: 'read members and tokens',
  TENANT_WRITE: 'change settings of the tenant',
  MEMBERS_WRITE: 'invite and change members',
  SECRETS_WRITE: 'set and rotate secrets',
  METRICS_READ: 'read metrics and benchmarks',
  BENCHMARKS_WRITE: 'upload benchmarks',
  AUDIT_READ: 'read the audit log',
  TOKENS_WRITE: 'create and revoke tokens',
};

export const TOKEN_SCOPES = Object.keys(SCOPE_DESCRIPTIONS) as readonly TokenScope[];

export const describeScope = (scope: TokenScope): string => SCOPE_DESCRIPTIONS[scope];
