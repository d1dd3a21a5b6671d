import type { BlobStore } from '@ia-modules/blobs';
import type { Principal } from '@ia-modules/database';
import type { RunEvent, Status } from '@ia-modules/engine';
import { type ApprovalRow, type ApprovalStatus, fetchApprovals, listRunApprovals } from './approvals/approval-rows.ts';
import { fetchStarters, type RunStarters } from './approvals/run-starters.ts';
import { readApprovalEvents } from './approvals/approval-votes.ts';
import { type AuditUser, fetchAuditUsers } from './audit/audit-rows.ts';
import { type BenchmarkLoaders, createBenchmarkLoaders } from './benchmarks/benchmark-loaders.ts';
import { createListLoader, createRowLoader, groupRows, type ListLoader, type RowLoader } from './loaders.ts';
import { createUsageLoaders, type UsageLoaders } from './marketplace/usage/usage-loaders.ts';
import type { Page } from './page.ts';
import { fetchInvitations, type InvitationRow } from './people/invitation-rows.ts';
import { fetchMemberEmails, fetchMembers, type MemberEmail, type MemberRow } from './people/member-rows.ts';
import {
  fetchNumberedVersions,
  fetchPipelines,
  fetchPipelineVersions,
  listPipelineVersions,
  type PipelineRow,
  type PipelineVersionRow,
} from './pipelines/pipeline-rows.ts';
import { fetchInstalledVersions, type InstalledVersions } from './plugins/installed-version-rows.ts';
import {
  fetchInstallations,
  fetchInstallationsByPlugin,
  fetchPlugins,
  type InstallationRow,
  type PluginRow,
} from './plugins/plugin-rows.ts';
import { pageOfLog, readLogs } from './runs/log-page.ts';
import {
  fetchRuns,
  fetchRunValues,
  listRunsBelow,
  parentOfRun,
  type RunParent,
  type RunRow,
  type RunValues,
} from './runs/run-rows.ts';
import { createStoredValueLoaders, type StoredValueLoaders } from './runs/stored-values.ts';
import { createRehearsalLoaders, type RehearsalLoaders } from './rehearsals/rehearsal-loaders.ts';
import { fetchTenantExports, type TenantExportRow } from './tenants/export/export-rows.ts';
import { fetchTenantRetentions, type TenantRetention } from './tenants/retention-rows.ts';
import { fetchPendingRuns, fetchStandings, type PendingRun, type TenantStanding } from './runs/scheduling-rows.ts';
import type { TenantSession } from './tenant-session.ts';
import { fetchServiceAccounts, type ServiceAccountRow } from './service-accounts/service-account-rows.ts';
import { fetchTenants, type TenantRow } from './tenants/tenant-rows.ts';
import { type ApiTokenRow, fetchApiTokens } from './tokens/token-rows.ts';
import { createSecretLoaders, type SecretLoaders } from './secrets/secret-loaders.ts';
import { createTriggerLoaders, type TriggerLoaders } from './triggers/trigger-loaders.ts';
import { ValueBudget } from './value-budget.ts';

type ApprovalListArguments = { readonly status: readonly ApprovalStatus[] | null; readonly page: Page };

type RunListArguments = {
  readonly below: RunParent;
  readonly status: readonly Status[] | null;
  readonly page: Page;
};

export type OperationLoaders = StoredValueLoaders &
  BenchmarkLoaders &
  RehearsalLoaders &
  TriggerLoaders &
  UsageLoaders &
  SecretLoaders & {
    readonly tenants: RowLoader<TenantRow>;
    readonly tenantRetentions: RowLoader<TenantRetention>;
    readonly tenantExports: RowLoader<TenantExportRow>;
    readonly pipelines: RowLoader<PipelineRow>;
    readonly pipelineVersions: RowLoader<PipelineVersionRow>;
    /** By `<pipeline>:<revision>`, and by `<pipeline>:<version>`. */
    readonly versionsByRevision: RowLoader<PipelineVersionRow>;
    readonly versionsByName: RowLoader<PipelineVersionRow>;
    readonly runs: RowLoader<RunRow>;
    readonly runValues: RowLoader<RunValues>;
    readonly installations: RowLoader<InstallationRow>;
    readonly installationsByPlugin: RowLoader<InstallationRow>;
    /** By the plugin's name. */
    readonly installedVersions: RowLoader<InstalledVersions>;
    /** Plugins as one tenant sees them: its own private ones too. */
    readonly tenantPlugins: RowLoader<PluginRow>;
    /** Those that the principal may see. */
    readonly apiTokens: RowLoader<ApiTokenRow>;
    readonly serviceAccounts: RowLoader<ServiceAccountRow>;
    /** Who did what the audit log says. */
    readonly auditUsers: RowLoader<AuditUser>;
    readonly memberEmails: RowLoader<MemberEmail>;
    /** By the user's id. */
    readonly members: RowLoader<MemberRow>;
    readonly invitations: RowLoader<InvitationRow>;
    readonly approvals: RowLoader<ApprovalRow>;
    readonly startersOfRuns: RowLoader<RunStarters>;
    readonly pendingRuns: RowLoader<PendingRun>;
    /** By the tenant's own id. */
    readonly standings: RowLoader<TenantStanding>;
    readonly versionsOfPipelines: ListLoader<Page, readonly PipelineVersionRow[]>;
    /** Runs of pipelines, parts of runs, and what came out of runs. */
    readonly runsBelow: ListLoader<RunListArguments, readonly RunRow[]>;
    readonly eventsOfRuns: ListLoader<Page, readonly RunEvent[]>;
    readonly logsOfRuns: ListLoader<null, readonly RunEvent[]>;
    readonly approvalsOfRuns: ListLoader<ApprovalListArguments, readonly ApprovalRow[]>;
    readonly approvalEventsOfRuns: ListLoader<null, readonly RunEvent[]>;
  };

const idOf = (row: { readonly id: string }): string => row.id;

const createRowLoaders = (session: TenantSession, budget: ValueBudget) => ({
  tenants: createRowLoader({ session, permission: 'tenant.read', fetch: fetchTenants, idOf }),
  tenantExports: createRowLoader({ session, permission: 'tenant.delete', fetch: fetchTenantExports, idOf }),
  tenantRetentions: createRowLoader({ session, permission: 'tenant.read', fetch: fetchTenantRetentions, idOf }),
  pipelines: createRowLoader({ session, permission: 'pipeline.read', fetch: fetchPipelines, idOf }),
  pipelineVersions: createRowLoader({ session, permission: 'pipeline.read', fetch: fetchPipelineVersions, idOf }),
  versionsByRevision: createRowLoader<PipelineVersionRow>({
    session,
    permission: 'pipeline.read',
    fetch: (client, keys, tenantId) => fetchNumberedVersions(client, { tenantId, keys, by: 'revision' }),
    idOf: ({ pipelineId, revision }) => `${pipelineId}:${revision}`,
  }),
  versionsByName: createRowLoader<PipelineVersionRow>({
    session,
    permission: 'pipeline.read',
    fetch: (client, keys, tenantId) => fetchNumberedVersions(client, { tenantId, keys, by: 'version' }),
    idOf: ({ pipelineId, version }) => `${pipelineId}:${version}`,
  }),
  runs: createRowLoader({ session, permission: 'run.read', fetch: fetchRuns, idOf }),
  runValues: createRowLoader<RunValues>({
    session,
    permission: 'run.read',
    fetch: (client, ids) => fetchRunValues(client, ids, budget),
    idOf,
  }),
  installations: createRowLoader({ session, permission: 'plugin.read', fetch: fetchInstallations, idOf }),
  installationsByPlugin: createRowLoader<InstallationRow>({
    session,
    permission: 'plugin.read',
    fetch: (client, names, tenantId) => fetchInstallationsByPlugin(client, tenantId, names),
    idOf: (row) => row.pluginName,
  }),
  installedVersions: createRowLoader<InstalledVersions>({
    session,
    permission: 'plugin.read',
    fetch: (client, names, tenantId) => fetchInstalledVersions(client, tenantId, names),
    idOf: (row) => row.pluginName,
  }),
  tenantPlugins: createRowLoader<PluginRow>({
    session,
    permission: 'plugin.read',
    fetch: fetchPlugins,
    idOf: (row) => row.name,
  }),
  serviceAccounts: createRowLoader({ session, permission: 'serviceAccount.read', fetch: fetchServiceAccounts, idOf }),
  auditUsers: createRowLoader({ session, permission: 'audit.read', fetch: fetchAuditUsers, idOf }),
  memberEmails: createRowLoader({ session, permission: 'approval.read', fetch: fetchMemberEmails, idOf }),
  members: createRowLoader<MemberRow>({
    session,
    permission: 'member.read',
    fetch: fetchMembers,
    idOf: ({ userId }) => userId,
  }),
  invitations: createRowLoader({ session, permission: 'member.invite', fetch: fetchInvitations, idOf }),
  approvals: createRowLoader({ session, permission: 'approval.read', fetch: fetchApprovals, idOf }),
  startersOfRuns: createRowLoader({ session, permission: 'approval.read', fetch: fetchStarters, idOf }),
  pendingRuns: createRowLoader({ session, permission: 'run.read', fetch: fetchPendingRuns, idOf }),
  standings: createRowLoader({ session, permission: 'run.read', fetch: fetchStandings, idOf }),
});

const createListLoaders = (session: TenantSession, budget: ValueBudget) => ({
  versionsOfPipelines: createListLoader<Page, readonly PipelineVersionRow[]>({
    session,
    permission: 'pipeline.read',
    list: async (client, pipelineIds, page) =>
      groupRows(await listPipelineVersions(client, { pipelineIds, page }), (row) => row.pipelineId),
    empty: [],
  }),
  runsBelow: createListLoader<RunListArguments, readonly RunRow[]>({
    session,
    permission: 'run.read',
    list: async (client, parentIds, args) =>
      groupRows(await listRunsBelow(client, { parentIds, ...args }), (row) => parentOfRun(row, args.below)),
    empty: [],
  }),
  eventsOfRuns: createListLoader<Page, readonly RunEvent[]>({
    session,
    permission: 'run.read',
    list: (client, runIds, page) => pageOfLog(client, { runIds, page, budget }),
    empty: [],
  }),
  logsOfRuns: createListLoader<null, readonly RunEvent[]>({
    session,
    permission: 'run.read',
    list: (client, runIds) => readLogs(client, runIds, budget),
    empty: [],
  }),
  approvalsOfRuns: createListLoader<ApprovalListArguments, readonly ApprovalRow[]>({
    session,
    permission: 'approval.read',
    list: async (client, runIds, args) =>
      groupRows(await listRunApprovals(client, { runIds, ...args }), (row) => row.runId),
    empty: [],
  }),
  approvalEventsOfRuns: createListLoader<null, readonly RunEvent[]>({
    session,
    permission: 'approval.read',
    list: (client, runIds) => readApprovalEvents(client, runIds, budget),
    empty: [],
  }),
});

type LoadersInit = {
  readonly session: TenantSession;
  readonly blobs: BlobStore;
  /** Who asks now. */
  readonly principal: () => Principal | null;
};

/** The loaders of one GraphQL operation. */
export const createOperationLoaders = ({ session, blobs, principal }: LoadersInit): OperationLoaders => {
  const budget = new ValueBudget();
  return {
    apiTokens: createRowLoader<ApiTokenRow>({
      session,
      permission: 'token.read',
      fetch: async (client, ids, tenantId) => {
        const viewer = principal();
        return viewer === null ? [] : fetchApiTokens(client, { ids, tenantId, principal: viewer });
      },
      idOf,
    }),
    ...createRowLoaders(session, budget),
    ...createListLoaders(session, budget),
    ...createStoredValueLoaders({ session, blobs, budget }),
    ...createBenchmarkLoaders(session, budget),
    ...createRehearsalLoaders(session, budget),
    ...createTriggerLoaders(session),
    ...createUsageLoaders(session),
    ...createSecretLoaders(session),
  };
};
