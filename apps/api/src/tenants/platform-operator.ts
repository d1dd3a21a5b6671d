import type { UserPrincipal } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { unauthenticated } from '../access.ts';
import type { ApiContext } from '../context.ts';

const READ_USER = 'select email, "emailVerified" as "isVerified" from "user" where id = $1';

/**
 * Lets the operator of the platform pass: a signed-in person whose verified e-mail address the configuration names. Asked
 * anew each time, as a session remembers its user.
 *
 * @throws PlatformError IA_API_UNAUTHENTICATED or IA_API_FORBIDDEN
 */
export const requireOperator = async ({ viewer, services }: ApiContext): Promise<UserPrincipal> => {
  const { principal } = viewer;
  if (principal === null) throw unauthenticated();
  if (principal.kind === 'user') {
    const { rows } = await services.auth.pool.query<{ email: string; isVerified: boolean }>(READ_USER, [
      principal.userId,
    ]);
    const [user] = rows;
    if (user?.isVerified === true && services.platformAdmins.has(user.email.toLowerCase())) return principal;
  }
  throw new PlatformError({
    code: 'IA_API_FORBIDDEN',
    message: 'Only the operator of the platform may do this.',
    hint: 'IA_PLATFORM_ADMINS of the API names the e-mail addresses; sign in with a verified one.',
  });
};
