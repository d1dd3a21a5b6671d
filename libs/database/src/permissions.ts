import { type Principal, type Role, ROLES, type UserPrincipal } from './principal.ts';
import { TOKEN_SCOPES, type TokenScope } from './token-scopes.ts';

type PermissionRule = {
  readonly roles: readonly Role[];
  readonly scope: TokenScope;
  /** A service account never may, whatever its role. */
  readonly forPeople?: true;
};

const EVERYONE: readonly Role[] = ['owner', 'admin', 'developer', 'operator', 'approver', 'viewer'];
const OPERATORS: readonly Role[] = ['owner', 'admin', 'developer', 'operator'];
/** Everyone who does more than look: whom a single approval asks, its assignees say. */
const DECIDERS: readonly Role[] = ['owner', 'admin', 'developer', 'operator', 'approver'];
const DEVELOPERS: readonly Role[] = ['owner', 'admin', 'developer'];
const ADMINS: readonly Role[] = ['owner', 'admin'];
const OWNERS: readonly Role[] = ['owner'];

/** Who may do what: the roles for people, and the scope that a token needs besides its creator's role. */
export const PERMISSIONS = {
  'tenant.read': { roles: EVERYONE, scope: 'TENANT_READ' },
  'tenant.settings': { roles: ADMINS, scope: 'TENANT_WRITE' },
  'tenant.transfer': { roles: OWNERS, scope: 'TENANT_WRITE', forPeople: true },
  'tenant.delete': { roles: OWNERS, scope: 'TENANT_WRITE', forPeople: true },
  'usage.read': { roles: EVERYONE, scope: 'TENANT_READ' },
  'flag.read': { roles: EVERYONE, scope: 'TENANT_READ' },
  'flag.write': { roles: ADMINS, scope: 'TENANT_WRITE' },
  'member.read': { roles: EVERYONE, scope: 'TENANT_READ' },
  'member.invite': { roles: ADMINS, scope: 'MEMBERS_WRITE' },
  'member.write': { roles: ADMINS, scope: 'MEMBERS_WRITE' },
  'audit.read': { roles: ADMINS, scope: 'AUDIT_READ' },
  'pipeline.read': { roles: EVERYONE, scope: 'PIPELINES_READ' },
  'pipeline.write': { roles: DEVELOPERS, scope: 'PIPELINES_WRITE' },
  'run.read': { roles: EVERYONE, scope: 'RUNS_READ' },
  'run.start': { roles: OPERATORS, scope: 'RUNS_WRITE' },
  'run.cancel': { roles: OPERATORS, scope: 'RUNS_WRITE' },
  'run.control': { roles: OPERATORS, scope: 'RUNS_WRITE' },
  'run.debug': { roles: DEVELOPERS, scope: 'RUNS_WRITE' },
  'approval.read': { roles: EVERYONE, scope: 'RUNS_READ' },
  'approval.decide': { roles: DECIDERS, scope: 'APPROVALS_WRITE', forPeople: true },
  'trigger.read': { roles: EVERYONE, scope: 'PIPELINES_READ' },
  'trigger.write': { roles: DEVELOPERS, scope: 'PIPELINES_WRITE' },
  'metric.read': { roles: EVERYONE, scope: 'METRICS_READ' },
  'benchmark.read': { roles: EVERYONE, scope: 'METRICS_READ' },
  'benchmark.write': { roles: DEVELOPERS, scope: 'BENCHMARKS_WRITE' },
  'secret.read': { roles: DEVELOPERS, scope: 'TENANT_READ' },
  'secret.write': { roles: ADMINS, scope: 'SECRETS_WRITE' },
  'plugin.read': { roles: EVERYONE, scope: 'PLUGINS_READ' },
  /** To ask for what an admin decides. */
  'plugin.request': { roles: DEVELOPERS, scope: 'PLUGINS_INSTALL' },
  'plugin.install': { roles: ADMINS, scope: 'PLUGINS_INSTALL' },
  /** What a tenant says of plugins in public is said by people. */
  'plugin.review': { roles: DEVELOPERS, scope: 'PLUGINS_INSTALL', forPeople: true },
  'plugin.publish': { roles: DEVELOPERS, scope: 'PLUGINS_PUBLISH' },
  'token.read': { roles: DEVELOPERS, scope: 'TENANT_READ' },
  'token.create': { roles: DEVELOPERS, scope: 'TOKENS_WRITE' },
  'token.rotate': { roles: DEVELOPERS, scope: 'TOKENS_WRITE' },
  'token.revoke': { roles: DEVELOPERS, scope: 'TOKENS_WRITE' },
  'serviceAccount.read': { roles: DEVELOPERS, scope: 'TENANT_READ' },
  'serviceAccount.write': { roles: ADMINS, scope: 'TOKENS_WRITE', forPeople: true },
} as const satisfies Readonly<Record<string, PermissionRule>>;

export type Permission = keyof typeof PERMISSIONS;

/** What is left of a tenant that is about to be erased: its owners can look and take the decision back. */
const WHILE_DELETED: ReadonlySet<Permission> = new Set(['tenant.read', 'tenant.delete', 'member.read', 'audit.read']);

/** Tells whether someone may do this in a tenant, by the role there and, for a token, by its scopes as well. */
export function can(principal: Principal, tenantId: string, permission: Permission): boolean {
  const rule: PermissionRule = PERMISSIONS[permission];
  const role = roleIn(principal, tenantId);
  if (role === undefined || !rule.roles.includes(role)) return false;
  if (principal.kind === 'token') {
    return principal.scopes.includes(rule.scope) && (principal.serviceAccountId === null || rule.forPeople !== true);
  }
  return WHILE_DELETED.has(permission) || !isDeleted(principal, tenantId);
}

function isDeleted(principal: UserPrincipal, tenantId: string): boolean {
  return principal.memberships.some((membership) => membership.tenantId === tenantId && membership.isDeleted);
}

/** The role that counts in a tenant, or undefined for someone who does not belong to it. */
export function roleIn(principal: Principal, tenantId: string): Role | undefined {
  if (principal.kind === 'token') return principal.tenantId === tenantId ? principal.role : undefined;
  return principal.memberships.find((membership) => membership.tenantId === tenantId)?.role;
}

/** Whether a service account is kept from this whatever its role. */
export function isForPeople(permission: Permission): boolean {
  const rule: PermissionRule = PERMISSIONS[permission];
  return rule.forPeople === true;
}

/** Whether one role is the other, or a stronger one. */
export function isAtLeast(role: Role, other: Role): boolean {
  return ROLES.indexOf(role) <= ROLES.indexOf(other);
}

/** The scopes that a token of a service account with this role has a use for. */
export function scopesOfServiceAccount(role: Role): readonly TokenScope[] {
  const rules: readonly PermissionRule[] = Object.values(PERMISSIONS);
  const usable = rules.filter((rule) => rule.forPeople !== true && rule.roles.includes(role));
  return TOKEN_SCOPES.filter((scope) => usable.some((rule) => rule.scope === scope));
}

/** The scopes that a token made by this caller may carry: none beyond what the caller may do now. */
export function grantableScopes(principal: Principal, tenantId: string): readonly TokenScope[] {
  const permissions = Object.keys(PERMISSIONS) as Permission[];
  const allowed = permissions.filter((permission) => can(principal, tenantId, permission));
  const scopes = new Set<TokenScope>(allowed.map((permission) => PERMISSIONS[permission].scope));
  return TOKEN_SCOPES.filter((scope) => scopes.has(scope));
}
