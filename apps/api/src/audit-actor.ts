import type { AuditActor, Principal } from '@ia-modules/database';

/** Who did it, for the audit log. */
export const auditActor = (principal: Principal): AuditActor =>
  principal.kind === 'user'
    ? { kind: 'user', userId: principal.userId }
    : { kind: 'token', tokenId: principal.tokenId, userId: principal.createdBy };
