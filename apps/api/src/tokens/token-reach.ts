import {
  grantableScopes,
  isAtLeast,
  type Principal,
  type Prisma,
  type Role,
  roleIn,
  scopesOfServiceAccount,
  type TokenScope,
} from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { notFound } from '../access.ts';
import type { ServiceAccountRow } from '../service-accounts/service-account-rows.ts';
import { lockServiceAccount } from '../service-accounts/lock-service-account.ts';
import { tokenOwner } from './token-rows.ts';

/** A token as a change finds it; nobody else changes it until the end of the transaction. */
export type TokenState = {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  readonly createdBy: string;
  readonly serviceAccountId: string | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly replacedById: string | null;
  readonly isExpired: boolean;
  /** What it acts as now; null once its maker has left the tenant. */
  readonly role: Role | null;
};

export type TokenGrant = {
  readonly tenantId: string;
  readonly scopes: readonly TokenScope[];
  readonly expiresAt: Date | null;
  /** Null: a token of the caller's own. */
  readonly serviceAccountId: string | null;
};

const forbidden = (message: string, hint: string): PlatformError =>
  new PlatformError({ code: 'IA_API_FORBIDDEN', message, hint });

/** @throws PlatformError IA_API_NOT_FOUND, also for a token that the caller does not see. */
export const lockToken = async (
  tx: Prisma.TransactionClient,
  { tenantId, id, principal }: Readonly<{ tenantId: string; id: string; principal: Principal }>,
): Promise<TokenState> => {
  const [token] = await tx.$queryRaw<TokenState[]>`
    select k.id, k.name, k.scopes, k.created_by as "createdBy", k.service_account_id as "serviceAccountId",
      k.expires_at as "expiresAt", k.revoked_at as "revokedAt", k.replaced_by_id as "replacedById",
      coalesce(k.expires_at <= now(), false) as "isExpired",
      coalesce((select s.role from service_accounts s where s.tenant_id = k.tenant_id and s.id = k.service_account_id),
        (select m.role from tenant_members m where m.user_id = k.created_by)) as role
    from api_tokens k where k.tenant_id = ${tenantId}::uuid and k.id = ${id}::uuid
    for update of k`;
  if (token === undefined || !isVisible(token, principal, tenantId)) throw notFound();
  return token;
};

/** The caller's role in a tenant that it has been let into. */
const roleOf = (principal: Principal, tenantId: string): Role => roleIn(principal, tenantId) ?? 'viewer';

const isOwn = (token: Pick<TokenState, 'createdBy'>, principal: Principal): boolean =>
  token.createdBy === tokenOwner(principal);

const isStrongEnough = (token: TokenState, role: Role): boolean => token.role === null || isAtLeast(role, token.role);

const isVisible = (token: TokenState, principal: Principal, tenantId: string): boolean => {
  const role = roleOf(principal, tenantId);
  if (isOwn(token, principal) || isAtLeast(role, 'admin')) return true;
  return token.serviceAccountId !== null && isStrongEnough(token, role);
};

/** Who may end or rename a token: whose it is; of a service account everyone as strong; of a person also an admin as strong. */
export const requireControl = (token: TokenState, principal: Principal, tenantId: string): void => {
  const role = roleOf(principal, tenantId);
  if (isOwn(token, principal)) return;
  const isReachable = token.serviceAccountId !== null || isAtLeast(role, 'admin');
  if (isReachable && isStrongEnough(token, role)) return;
  throw forbidden('This token belongs to somebody with a stronger role.', 'Ask an owner of the tenant.');
};

/** Who may have the secret of a token: never anybody but its maker where it acts for a person. */
export const requireSecret = (token: TokenState, principal: Principal, tenantId: string): void => {
  if (isOwn(token, principal)) return;
  if (token.serviceAccountId === null) {
    throw forbidden(
      'A personal token acts for its maker: nobody else gets its secret.',
      'Revoke it, or make one of your own or of a service account.',
    );
  }
  requireControl(token, principal, tenantId);
};

/** Nobody hands on more than they have: neither a role, nor scopes, nor, through a token, time. */
export const checkReach = async (
  tx: Prisma.TransactionClient,
  principal: Principal,
  grant: TokenGrant,
): Promise<ServiceAccountRow | null> => {
  const { tenantId } = grant;
  const account = await reachAccount(tx, principal, grant);
  const own = grantableScopes(principal, tenantId);
  const useful = account === null ? own : scopesOfServiceAccount(account.role);
  const grantable = own.filter((scope) => useful.includes(scope));
  const beyond = grant.scopes.filter((scope) => !grantable.includes(scope));
  if (beyond.length > 0) {
    throw forbidden(`You can't hand on ${beyond.join(', ')}.`, `You can hand on: ${grantable.join(', ')}.`);
  }
  await checkTime(tx, principal, grant);
  return account;
};

const reachAccount = async (
  tx: Prisma.TransactionClient,
  principal: Principal,
  { tenantId, serviceAccountId }: TokenGrant,
): Promise<ServiceAccountRow | null> => {
  const ownId = principal.kind === 'token' ? principal.serviceAccountId : null;
  const id = serviceAccountId ?? ownId;
  if (id === null) return null;
  if (ownId !== null && ownId !== id) {
    throw forbidden('A service account makes tokens for itself only.', 'Let a person make this one.');
  }
  const account = await lockServiceAccount(tx, { tenantId, id });
  if (!isAtLeast(roleOf(principal, tenantId), account.role)) {
    throw forbidden('This service account has a stronger role than you.', 'Ask an admin of the tenant.');
  }
  if (account.disabledAt !== null) {
    throw new PlatformError({
      code: 'IA_API_CONFLICT',
      message: 'The service account is disabled.',
      hint: 'Enable it with `enableServiceAccount` first.',
    });
  }
  return account;
};

const checkTime = async (
  tx: Prisma.TransactionClient,
  principal: Principal,
  { expiresAt }: TokenGrant,
): Promise<void> => {
  if (principal.kind === 'user') return;
  const parent = await tx.apiToken.findUnique({
    where: { tenantId_id: { tenantId: principal.tenantId, id: principal.tokenId } },
    select: { expiresAt: true },
  });
  const limit = parent?.expiresAt ?? null;
  if (limit !== null && (expiresAt === null || expiresAt > limit)) {
    throw forbidden('A token can not make one that outlives it.', `Expire it by ${limit.toISOString()}.`);
  }
};
