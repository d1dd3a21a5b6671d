import type { AuditActor, Principal } from '@ia-modules/database';

/** Who did it, for the audit log. */
export const auditActor = (principal: Principal): AuditActor => {
  if (principal.kind === 'user') return { kind: 'user', userId: principal.userId };
  const { tokenId, createdBy: userId, serviceAccountId } = principal;
  return serviceAccountId === null
    ? { kind: 'token', tokenId, userId }
    : { kind: 'service', serviceAccountId, tokenId };
};
