import type { TokenScope } from './token-scopes.ts';

/** From the strongest to the weakest. */
export const ROLES = ['owner', 'admin', 'developer', 'operator', 'approver', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export type Membership = {
  readonly tenantId: string;
  readonly slug: string;
  readonly name: string;
  readonly role: Role;
  /** The tenant is about to be erased. */
  readonly isDeleted: boolean;
};

export type UserPrincipal = {
  readonly kind: 'user';
  readonly userId: string;
  readonly sessionId: string;
  readonly email: string;
  /** Whether the address is known to be theirs; otherwise it counts for nothing. */
  readonly isEmailVerified: boolean;
  readonly name: string;
  readonly memberships: readonly Membership[];
};

export type TokenPrincipal = {
  readonly kind: 'token';
  readonly tokenId: string;
  /** The id of the user who made the token, or `service:<id>` of the service account that it acts for. */
  readonly createdBy: string;
  readonly serviceAccountId: string | null;
  readonly tenantId: string;
  readonly tenantSlug: string;
  /** What its creator or service account is in the tenant now. */
  readonly role: Role;
  readonly scopes: readonly TokenScope[];
};

/** Who a request acts for. */
export type Principal = UserPrincipal | TokenPrincipal;
