import { can, isForPeople, type Permission, type Principal, roleIn } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { parseTenantId, parseTenantNodeId, type TenantNodeType } from './global-id.ts';

export const notFound = (): PlatformError =>
  new PlatformError({ code: 'IA_API_NOT_FOUND', message: 'There is nothing with this id that you can see.' });

export const unauthenticated = (): PlatformError =>
  new PlatformError({
    code: 'IA_API_UNAUTHENTICATED',
    message: 'This needs a signed-in user or an API token.',
    hint: 'Send `Authorization: Bearer <session or API token>`.',
  });

/**
 * Lets a principal pass into a tenant or throws what a caller may learn: strangers hear that there is nothing, members
 * that they may not.
 *
 * @throws PlatformError IA_API_UNAUTHENTICATED, IA_API_NOT_FOUND or IA_API_FORBIDDEN.
 */
export const requireAccess = (principal: Principal | null, tenantId: string, permission: Permission): Principal => {
  if (principal === null) throw unauthenticated();
  if (roleIn(principal, tenantId) === undefined) throw notFound();
  if (!can(principal, tenantId, permission)) {
    throw new PlatformError({
      code: 'IA_API_FORBIDDEN',
      message: `This needs the permission ${permission}.`,
      hint: hintFor(principal, permission),
    });
  }
  return principal;
};

const hintFor = (principal: Principal, permission: Permission): string => {
  if (principal.kind === 'user') return 'Ask an admin of the tenant for another role.';
  if (principal.serviceAccountId !== null && isForPeople(permission)) {
    return 'This is for people: a service account never may, whatever its role.';
  }
  return 'Use a token with the scope for it, made by a member who may do this.';
};

/** Who did it, for `created_by` columns. */
export const principalId = (principal: Principal): string => {
  if (principal.kind === 'user') return principal.userId;
  return principal.serviceAccountId === null ? `token:${principal.tokenId}` : `service:${principal.serviceAccountId}`;
};

/** @throws PlatformError IA_API_UNAUTHENTICATED, or IA_API_NOT_FOUND for what is no id of a tenant. */
export const requireTenantId = (principal: Principal | null, globalId: string): string => {
  if (principal === null) throw unauthenticated();
  const tenantId = parseTenantId(globalId);
  if (tenantId === null) throw notFound();
  return tenantId;
};

/** @throws PlatformError IA_API_UNAUTHENTICATED, or IA_API_NOT_FOUND for what is no id of this type. */
export const requireTenantNodeId = (
  principal: Principal | null,
  type: TenantNodeType,
  globalId: string,
): { readonly tenantId: string; readonly id: string } => {
  if (principal === null) throw unauthenticated();
  const key = parseTenantNodeId(type, globalId);
  if (key === null) throw notFound();
  return key;
};
