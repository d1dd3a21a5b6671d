import { ROLES, TOKEN_SCOPES } from '@ia-modules/database';
import { RUN_STATUSES } from '@ia-modules/engine';
import { APPROVAL_STATUSES } from '../approvals/approval-rows.ts';
import { RUN_ORIGIN_KINDS } from '../runs/run-rows.ts';
import { WAIT_KINDS } from '../runs/run-waits.ts';
import { API_TOKEN_STATUSES } from '../tokens/token-rows.ts';
import { builder } from './builder.ts';

export const RunStatusEnum = builder.enumType('RunStatus', {
  description: 'The status of a run or of a step of a run.',
  values: RUN_STATUSES,
});

export const TenantRoleEnum = builder.enumType('TenantRole', {
  description: 'What a member may do in a tenant.',
  values: ROLES,
});

export const TokenScopeEnum = builder.enumType('TokenScope', {
  description: "What an API token may be used for; never more than its creator's role allows.",
  values: TOKEN_SCOPES,
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
  values: ['error', 'warning', 'info'] as const,
});

export const PrincipalKindEnum = builder.enumType('PrincipalKind', { values: ['user', 'token'] as const });

export const PluginVisibilityEnum = builder.enumType('PluginVisibility', { values: ['public', 'private'] as const });

export const RunOriginKindEnum = builder.enumType('RunOriginKind', {
  description: 'How a run came out of another one.',
  values: RUN_ORIGIN_KINDS,
});

export const RunWaitKindEnum = builder.enumType('RunWaitKind', {
  description: 'What a run, or one thing in it, waits for.',
  values: WAIT_KINDS,
});

export const ApprovalStatusEnum = builder.enumType('ApprovalStatus', { values: APPROVAL_STATUSES });

export const ApprovalDecisionEnum = builder.enumType('ApprovalDecision', {
  values: { APPROVE: { value: 'approve' }, REJECT: { value: 'reject' } } as const,
});

export const EffectStateEnum = builder.enumType('EffectState', {
  description:
    'How far an effect is: scheduled, begun, done, failed for certain, or begun with nobody knowing what became of it.',
  values: ['planned', 'sent', 'confirmed', 'failed', 'unknown'] as const,
});

export const EffectDecisionEnum = builder.enumType('EffectDecision', {
  description: 'What is said of an effect that nobody knows about: make it again, it was done, give it up.',
  values: { REPEAT: { value: 'repeat' }, CONFIRM: { value: 'confirm' }, FAIL: { value: 'fail' } } as const,
});

export const BulkRunActionEnum = builder.enumType('BulkRunAction', {
  values: {
    CANCEL: { value: 'cancel' },
    PAUSE: { value: 'pause' },
    RESUME: { value: 'resume' },
    RETRY: { value: 'retry' },
    REPLAY: { value: 'replay' },
    FORK: { value: 'fork' },
  } as const,
});
