import { ROLES, TOKEN_SCOPES } from '@ia-modules/database';
import { RUN_STATUSES } from '@ia-modules/engine';
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

export const DiagnosticSeverityEnum = builder.enumType('DiagnosticSeverity', {
  values: ['error', 'warning', 'info'] as const,
});

export const PrincipalKindEnum = builder.enumType('PrincipalKind', { values: ['user', 'token'] as const });

export const PluginVisibilityEnum = builder.enumType('PluginVisibility', { values: ['public', 'private'] as const });
