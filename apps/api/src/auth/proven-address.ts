import { APIError } from 'better-auth';
import type { Pool } from 'pg';

/**
 * Whoever resets a password has read the address's mail, so the address is theirs from now on. What somebody else may have
 * put in their way before it was known whose it is, a second factor, goes.
 */
const PROVE_ADDRESS = `with unproven as (
    update "user" set "emailVerified" = true, "twoFactorEnabled" = false, "updatedAt" = now()
    where id = $1 and not "emailVerified" returning id
  )
  delete from "twoFactor" where "userId" in (select id from unproven)`;

export const proveAddress = async (pool: Pool, userId: string): Promise<void> => {
  await pool.query(PROVE_ADDRESS, [userId]);
};

/** Who may confirm that an address is theirs: whoever can sign in with it already, not just whoever gets its mail. */
export const requireSameUser = (signedInAs: string | undefined, userId: string): void => {
  if (signedInAs === userId) return;
  throw new APIError('FORBIDDEN', {
    code: 'SIGN_IN_TO_VERIFY',
    message: 'Sign in with this address first, then open the link again.',
  });
};
