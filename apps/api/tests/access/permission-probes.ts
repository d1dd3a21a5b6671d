import type { Permission } from '@ia-modules/database';

const list = (field: string): string => `{ tenant(slug: "<slug>") { ${field}(first: 1) { nodes { __typename } } } }`;
const result = 'kind: __typename ... on Error { message }';
const change = (field: string, input: string): string =>
  `mutation { result: ${field}(input: {${input}}) { ${result} } }`;

/**
 * One operation for each permission that needs it and no stronger one. It may be sent many times, by anybody: what it
 * changes stands in nobody's way.
 */
export const PERMISSION_PROBES: Readonly<Partial<Record<Permission, string>>> = {
  'tenant.read': '{ tenant(slug: "<slug>") { name } }',
  'tenant.settings': change('updateTenantRetention', 'tenantId: "<tenant>", retentionDays: 90, archivesLogs: true'),
  'tenant.transfer': change('transferTenant', 'tenantId: "<tenant>", userId: "nobody"'),
  'tenant.delete': change('restoreTenant', 'tenantId: "<tenant>"'),
  'usage.read': '{ tenant(slug: "<slug>") { usage { __typename } } }',
  'flag.read': '{ tenant(slug: "<slug>") { featureFlags { __typename } } }',
  'flag.write': change('resetFeatureFlag', 'tenantId: "<tenant>", name: COMMUNITY_PLUGINS'),
  'member.read': list('members'),
  'member.invite': list('invitations'),
  'member.write': change('changeMemberRole', 'id: "<memberNode>", role: viewer'),
  'audit.read': list('auditLog'),
  'pipeline.read': list('pipelines'),
  'pipeline.write': change('setPipelineLimits', 'pipelineId: "<pipeline>", maxConcurrentRuns: 9'),
  'run.read': list('runs'),
  'run.start': change('startRun', 'pipelineId: "<pipeline>"'),
  'run.cancel': change('cancelRun', 'runId: "<pendingRun>"'),
  'run.control': change('signalRun', 'runId: "<waitingRun>", name: "other"'),
  'run.debug': change('debugRun', 'runId: "<waitingRun>", command: {setBreakpoints: {steps: ["wait"]}}'),
  'approval.read': list('approvals'),
  'approval.decide': change('decideApproval', 'approvalId: "<approval>", decision: APPROVE'),
  'trigger.read': list('schedules'),
  'trigger.write': change('updateSchedule', 'id: "<schedule>", name: "daily"'),
  'metric.read':
    '{ tenant(slug: "<slug>") { metrics(from: "2026-01-01T00:00:00Z", to: "2026-01-01T01:00:00Z") { __typename } } }',
  'benchmark.read': list('benchmarks'),
  'benchmark.write': change('deleteBenchmark', 'id: "<benchmarkReport>"'),
  'secret.read': list('secrets'),
  'secret.write': change('updateSecretDescription', 'id: "<secret>", description: "x"'),
  'plugin.read': list('installations'),
  'plugin.request': change('upgradePlugin', 'tenantId: "<tenant>", name: "@nobody/nothing"'),
  'plugin.install': change('uninstallPlugin', 'tenantId: "<tenant>", name: "@nobody/nothing"'),
  'plugin.review': list('pluginReports'),
  'plugin.publish': change('undeprecatePlugin', 'tenantId: "<tenant>", name: "@nobody/nothing", versionRange: "*"'),
  'token.read': list('apiTokens'),
  'token.create': change('createApiToken', 'tenantId: "<tenant>", name: "probe", scopes: [TENANT_READ]'),
  'token.rotate': change('rotateApiToken', 'id: "<apiToken>"'),
  'token.revoke': change('revokeApiToken', 'id: "<apiToken>"'),
  'serviceAccount.read': list('serviceAccounts'),
  'serviceAccount.write': change('updateServiceAccount', 'id: "<serviceAccount>", role: operator'),
};
