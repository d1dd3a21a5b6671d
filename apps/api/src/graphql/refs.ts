import type { Membership, Principal } from '@ia-modules/database';
import type {
  Compensation,
  Diagnostic,
  Effect,
  PluginReference,
  RecordedError,
  RunEvent,
  StepView,
} from '@ia-modules/engine';
import type { StepContribution } from '@ia-modules/plugin-sdk';
import type { ApprovalRow } from '../approvals/approval-rows.ts';
import type { ApprovalVote } from '../approvals/approval-votes.ts';
import type { BenchmarkRow } from '../benchmarks/benchmark-rows.ts';
import type { InvitationRow } from '../people/invitation-rows.ts';
import type { MemberRow } from '../people/member-rows.ts';
import type { SessionRow } from '../people/sessions.ts';
import type { SingleSignOnRow } from '../people/single-sign-on-settings.ts';
import type { PinnedPlugin, PipelineRow, PipelineVersionRow } from '../pipelines/pipeline-rows.ts';
import type { VisiblePlugin } from '../plugins/catalogue.ts';
import type { InstallationRow, PluginVersionRow } from '../plugins/plugin-rows.ts';
import type { RehearsalRow } from '../rehearsals/rehearsal-rows.ts';
import type { Gap } from '../runs/log-page.ts';
import type { InspectedStepShape, RunMoment } from '../runs/inspect.ts';
import type { RunLine } from '../runs/run-lines.ts';
import type { RunRow } from '../runs/run-rows.ts';
import type { RunWait } from '../runs/run-waits.ts';
import type { SecretRow, SecretVersionRow } from '../secrets/secret-rows.ts';
import type { FeatureFlagState } from '../flags/change-flag.ts';
import type { TenantExportRow } from '../tenants/export/export-rows.ts';
import type { QuotaUse, TenantUsage, UsageDay } from '../tenants/tenant-usage.ts';
import type { TenantLimits } from '../tenants/tenant-limits.ts';
import type { ServiceAccountRow } from '../service-accounts/service-account-rows.ts';
import type { TenantRow } from '../tenants/tenant-rows.ts';
import type { ApiTokenRow } from '../tokens/token-rows.ts';
import { builder } from './builder.ts';

/** What a plugin asks for (with limits) or is granted (without). */
export type PermissionSet = {
  readonly net: readonly string[];
  readonly secrets: readonly string[];
  /** Absent in what was stored before there was such a permission. */
  readonly blobs?: boolean;
  readonly memoryMb?: number;
  readonly cpuMs?: number;
  readonly timeoutMs?: number;
};

export type RunStepShape = { readonly run: RunRow; readonly step: StepView };
export type UserShape = { readonly userId: string; readonly email: string; readonly name: string };

// References stand apart from what they refer to: the types name each other, their modules need not.
export const ViewerRef = builder.objectRef<Principal>('Viewer');
export const UserRef = builder.objectRef<UserShape>('User');
export const TenantMembershipRef = builder.objectRef<Membership>('TenantMembership');
export const TenantRef = builder.objectRef<TenantRow>('Tenant');
export const MemberRef = builder.objectRef<MemberRow>('Member');
export const InvitationRef = builder.objectRef<InvitationRow>('Invitation');
export const SessionRef = builder.objectRef<SessionRow>('Session');
export const SingleSignOnRef = builder.objectRef<SingleSignOnRow>('SingleSignOn');
export const ApiTokenRef = builder.objectRef<ApiTokenRow>('ApiToken');
export const ServiceAccountRef = builder.objectRef<ServiceAccountRow>('ServiceAccount');
export const PipelineRef = builder.objectRef<PipelineRow>('Pipeline');
export const PipelineVersionRef = builder.objectRef<PipelineVersionRow>('PipelineVersion');
export const PinnedPluginRef = builder.objectRef<{ readonly alias: string; readonly plugin: PinnedPlugin }>(
  'PinnedPlugin',
);
export const RunRef = builder.objectRef<RunRow>('Run');
export const RunErrorRef = builder.objectRef<RecordedError>('RunError');
export const RunStepRef = builder.objectRef<RunStepShape>('RunStep');
export const PluginReferenceRef = builder.objectRef<PluginReference>('PluginReference');
export const RunLogLineRef = builder.objectRef<RunLine>('RunLogLine');
export const RunEventRef = builder.objectRef<RunEvent>('RunEvent');
export const RunWaitRef = builder.objectRef<RunWait>('RunWait');
export const RunEffectRef = builder.objectRef<Effect>('RunEffect');
export const RunCompensationRef = builder.objectRef<Compensation>('RunCompensation');
export const RunInspectionRef = builder.objectRef<RunMoment>('RunInspection');
export const InspectedStepRef = builder.objectRef<InspectedStepShape>('InspectedStep');
export const ApprovalVoteRef = builder.objectRef<ApprovalVote>('ApprovalVote');
export const TenantLimitsRef = builder.objectRef<TenantLimits>('TenantLimits');
export const TenantExportRef = builder.objectRef<TenantExportRow>('TenantExport');
export const TenantUsageRef = builder.objectRef<TenantUsage>('TenantUsage');
export const QuotaUseRef = builder.objectRef<QuotaUse>('QuotaUse');
export const UsageDayRef = builder.objectRef<UsageDay>('UsageDay');
export const FeatureFlagRef = builder.objectRef<FeatureFlagState>('FeatureFlag');
export const ApprovalRef = builder.objectRef<ApprovalRow>('Approval');
export const GapRef = builder.objectRef<Gap>('Gap');
export const PluginRef = builder.objectRef<VisiblePlugin>('Plugin');
export const PluginVersionRef = builder.objectRef<PluginVersionRow>('PluginVersion');
export const PluginStepRef = builder.objectRef<StepContribution>('PluginStep');
export const PluginPermissionsRef = builder.objectRef<PermissionSet>('PluginPermissions');
export const InstallationRef = builder.objectRef<InstallationRow>('Installation');
export const SecretRef = builder.objectRef<SecretRow>('Secret');
export const SecretVersionRef = builder.objectRef<SecretVersionRow>('SecretVersion');
export const RehearsalRef = builder.objectRef<RehearsalRow>('Rehearsal');
export const BenchmarkReportRef = builder.objectRef<BenchmarkRow>('BenchmarkReport');
export const DiagnosticRef = builder.objectRef<Diagnostic>('Diagnostic');
