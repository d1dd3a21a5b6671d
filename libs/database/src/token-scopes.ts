/** What an API token may be made for. */
export const TOKEN_SCOPES = [
  'PIPELINES_READ',
  'PIPELINES_WRITE',
  'RUNS_READ',
  'RUNS_WRITE',
  'APPROVALS_WRITE',
  'PLUGINS_READ',
  'PLUGINS_INSTALL',
  'PLUGINS_PUBLISH',
  'TENANT_READ',
  'TENANT_WRITE',
  'MEMBERS_WRITE',
  'SECRETS_WRITE',
  'METRICS_READ',
  'BENCHMARKS_WRITE',
  'AUDIT_READ',
  'TOKENS_WRITE',
] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];
