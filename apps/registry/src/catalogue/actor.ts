import type { TokenPrincipal } from '../access/caller.ts';
import type { Actor } from './catalogue.ts';

/** Who stands in the audit log for what is done with a token. */
export function actorOf({ tokenId, createdBy, serviceAccountId }: TokenPrincipal): Actor {
  return serviceAccountId === null
    ? { kind: 'token', tokenId, userId: createdBy }
    : { kind: 'service', serviceAccountId, tokenId };
}
