import type { Role, TokenScope } from '@ia-modules/database';
import type { EffectState, Severity, Status } from '@ia-modules/engine';
import type { ApprovalStatus } from '../approvals/approval-rows.ts';
import type { RunOriginKind } from '../runs/run-rows.ts';
import type { WaitKind } from '../runs/run-waits.ts';
import { API_TOKEN_STATUSES } from '../tokens/token-rows.ts';
import type { ExportStatus } from '../tenants/export/export-rows.ts';
import { type FeatureFlagName, FEATURE_FLAG_NAMES, FEATURE_FLAGS } from '../flags/feature-flags.ts';
import { builder } from './builder.ts';

type DescribedValues<Value extends string> = {
  readonly [Name in Value]: { readonly value: Name; readonly description: string };
};

/** Values that GraphQL calls what the platform calls them, each with what it means. */
const described = <Value extends string>(descriptions: Readonly<Record<Value, string>>): DescribedValues<Value> =>
  Object.fromEntries(
    Object.entries(descriptions).map(([value, description]) => [value, { value, description }]),
  ) as DescribedValues<Value>;

export const RunStatusEnum = builder.enumType('RunStatus', {
  description: 'The status of a run or of a step of a run.',
  values: described<Status>({
    pending: 'It is stored and nothing has begun.',
    running: 'Something of it is under way.',
    waiting: 'It goes on when something happens: `waitReason` and `waiting` say what.',
    succeeded: 'It ended as it should.',
    failed: 'It ended with an error.',
    canceled: 'Somebody ended it, or a limit did.',
    skipped: 'Of a step: the course of the run did not lead there.',
  }),
});

export const TenantRoleEnum = builder.enumType('TenantRole', {
  description: 'What a member may do in a tenant.',
  values: described<Role>({
    owner: 'Everything, the tenant itself included: hand it on, delete it.',
    admin: 'Members, plugins, secrets and settings, and all that developers may.',
    developer: 'Writes pipelines, triggers and benchmarks, makes tokens, debugs runs; and all that operators may.',
    operator: 'Starts and controls runs, decides approvals, and sees everything that viewers see.',
    approver: 'Decides approvals, and sees everything that viewers see.',
    viewer: 'Sees pipelines, runs, metrics and members; changes nothing.',
  }),
});

export const TokenScopeEnum = builder.enumType('TokenScope', {
  description: "What an API token may be used for; never more than its creator's role allows.",
  values: described<TokenScope>({
    PIPELINES_READ: 'Reads pipelines and triggers.',
    PIPELINES_WRITE: 'Changes pipelines and triggers.',
    RUNS_READ: 'Reads runs and approvals.',
    RUNS_WRITE: 'Starts, controls and debugs runs.',
    APPROVALS_WRITE: 'Decides approvals in the name of the member who made the token.',
    PLUGINS_READ: 'Reads the catalogue and what is installed.',
    PLUGINS_INSTALL: 'Installs, upgrades and removes plugins.',
    PLUGINS_PUBLISH: 'Publishes plugins to the registry.',
    TENANT_READ: 'Reads the tenant, its members, tokens, usage and the names of secrets.',
    TENANT_WRITE: 'Changes the settings and flags of the tenant.',
    MEMBERS_WRITE: 'Invites, changes and removes members.',
    SECRETS_WRITE: 'Sets, rotates and deletes secrets.',
    METRICS_READ: 'Reads metrics and benchmarks.',
    BENCHMARKS_WRITE: 'Uploads benchmarks.',
    AUDIT_READ: 'Reads the audit log.',
    TOKENS_WRITE: 'Makes, rotates and revokes tokens.',
  }),
});

export const ApiTokenStatusEnum = builder.enumType('ApiTokenStatus', {
  description: 'Whether an API token works.',
  values: {
    active: { value: API_TOKEN_STATUSES[0], description: 'It works.' },
    expired: { value: API_TOKEN_STATUSES[1], description: 'Its time is over.' },
    revoked: { value: API_TOKEN_STATUSES[2], description: 'Somebody ended it.' },
  } as const,
});

export const DiagnosticSeverityEnum = builder.enumType('DiagnosticSeverity', {
  description: 'How grave a finding is.',
  values: described<Severity>({
    error: 'It keeps the definition from being saved or run.',
    warning: 'It can be saved, and is probably not what was meant.',
    info: 'Good to know; nothing to do.',
  }),
});

export const PrincipalKindEnum = builder.enumType('PrincipalKind', {
  description: 'What kind of caller asks.',
  values: described<'user' | 'token'>({ user: 'A person who signed in.', token: 'A program, with an API token.' }),
});

export const PluginVisibilityEnum = builder.enumType('PluginVisibility', {
  description: 'Who can see a plugin.',
  values: described<'public' | 'private'>({ public: 'Everybody.', private: 'The tenant that published it alone.' }),
});

export const RunOriginKindEnum = builder.enumType('RunOriginKind', {
  description: 'How a run came out of another one.',
  values: described<RunOriginKind>({
    fork: 'It took over the results up to a step, and went its own way from there.',
    retry: 'It took over the results up to the step that ended the other one.',
    replay: 'It did everything anew, with the same version, parameters and seed.',
  }),
});

export const RunWaitKindEnum = builder.enumType('RunWaitKind', {
  description: 'What a run, or one thing in it, waits for.',
  values: described<WaitKind>({
    timer: 'For a time to come.',
    retry: 'For the next attempt, after one that failed.',
    approval: 'For people to decide.',
    signal: 'For a signal: `signalRun` sends it.',
    concurrency: 'For another run that holds the place that it needs.',
    paused: 'For `resumeRun`: somebody paused it.',
    breakpoint: 'For `debugRun` or `resumeRun`: it stands at a breakpoint.',
    budget: 'For `raiseRunBudget`: its limit of cost or time is reached.',
    effect: 'For `decideEffect`: nobody knows what became of an effect.',
    task: 'For work that is under way.',
    child: 'For a sub-pipeline to end.',
    tenant_limit: 'For another run or task of the tenant to end: its limit is reached.',
    pipeline_limit: 'For another run of the pipeline to end: its limit is reached.',
    rate: 'For the next minute: the tenant began as many runs as it may in one.',
    share: 'For a share of the worker, which is full.',
    worker: 'For a worker: none is there.',
  }),
});

export const LogLineLevelEnum = builder.enumType('LogLineLevel', {
  description: 'How much a line of a run matters, or that it tells of progress.',
  values: {
    DEBUG: { value: 'debug', description: 'For whoever looks for a defect.' },
    INFO: { value: 'info', description: 'What happens.' },
    WARN: { value: 'warn', description: 'Something that may be wrong.' },
    ERROR: { value: 'error', description: 'Something that is wrong.' },
    PROGRESS: { value: 'progress', description: 'How far an attempt is.' },
  } as const,
});

export const ApprovalStatusEnum = builder.enumType('ApprovalStatus', {
  description: 'How far an approval is.',
  values: described<ApprovalStatus>({
    open: 'It can be decided.',
    approved: 'Enough people approved.',
    rejected: 'Somebody rejected it.',
    expired: 'Its deadline passed.',
    canceled: 'Its run did not wait for it any longer.',
  }),
});

export const ApprovalDecisionEnum = builder.enumType('ApprovalDecision', {
  description: 'What somebody decides.',
  values: {
    APPROVE: { value: 'approve', description: 'For it.' },
    REJECT: { value: 'reject', description: 'Against it: one is enough.' },
  } as const,
});

export const EffectStateEnum = builder.enumType('EffectState', {
  description:
    'How far an effect is: scheduled, begun, done, failed for certain, or begun with nobody knowing what became of it.',
  values: described<EffectState>({
    planned: 'It is scheduled and has not begun.',
    sent: 'It has begun.',
    confirmed: 'It was done.',
    failed: 'It was not done, for certain.',
    unknown: 'It has begun, and nobody knows what became of it.',
  }),
});

export const EffectDecisionEnum = builder.enumType('EffectDecision', {
  description: 'What is said of an effect that nobody knows about: make it again, it was done, give it up.',
  values: {
    REPEAT: { value: 'repeat', description: 'Make it again.' },
    CONFIRM: { value: 'confirm', description: 'It was done.' },
    FAIL: { value: 'fail', description: 'Give it up: the step fails.' },
  } as const,
});

export const BulkRunActionEnum = builder.enumType('BulkRunAction', {
  description: 'What is done to many runs: the same as the mutation for one.',
  values: {
    CANCEL: { value: 'cancel', description: 'As `cancelRun`.' },
    PAUSE: { value: 'pause', description: 'As `pauseRun`.' },
    RESUME: { value: 'resume', description: 'As `resumeRun`.' },
    RETRY: { value: 'retry', description: 'As `retryRun`.' },
    REPLAY: { value: 'replay', description: 'As `replayRun`.' },
    FORK: { value: 'fork', description: 'As `forkRun`, from the point that is given.' },
  } as const,
});

export const FeatureFlagNameEnum = builder.enumType('FeatureFlagName', {
  description: 'What can be switched on or off for a tenant.',
  values: Object.fromEntries(
    FEATURE_FLAG_NAMES.map((name) => [name, { value: name, description: FEATURE_FLAGS[name].description }] as const),
  ) as Record<FeatureFlagName, { value: FeatureFlagName; description: string }>,
});

export const FlagSetterEnum = builder.enumType('FlagSetter', {
  description: 'Who may switch a flag.',
  values: {
    TENANT: { value: 'tenant', description: 'Owners and admins of the tenant.' },
    OPERATOR: { value: 'operator', description: 'The operator of the platform.' },
  } as const,
});

export const TenantExportStatusEnum = builder.enumType('TenantExportStatus', {
  description: 'How far an export of a tenant is.',
  values: {
    pending: { description: 'It is waited for, or being written.' },
    succeeded: { description: 'Its files can be read.' },
    expired: { description: 'It was kept as long as the operator keeps exports, and is gone.' },
  } satisfies Record<ExportStatus, { description: string }>,
});
