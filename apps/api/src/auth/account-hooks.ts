import { APIError } from 'better-auth/api';
import type { Pool } from 'pg';
import { refuseBadName } from './organizations.ts';

type Asked = { readonly path?: string | undefined } | null | undefined;
type NewUser = { readonly name?: string; readonly email?: string };

const MAX_NAME_LENGTH = 100;
const HAS_SECOND_FACTOR = 'select 1 from "user" where "id" = $1 and "twoFactorEnabled"';

const isSingleSignOn = (asked: Asked): boolean => asked?.path?.startsWith('/sso/callback') === true;

/** What an identity provider calls somebody is made to fit: whose name is missing there can still come in. */
const fittingName = ({ name = '', email = '' }: NewUser): string => {
  const given = name.replaceAll('\0', '').trim();
  const chosen = given === '' ? email.slice(0, email.lastIndexOf('@')) : given;
  return chosen.slice(0, MAX_NAME_LENGTH).toWellFormed();
};

/** Nobody looks at pictures of people here, so that none is kept. */
const withoutImage = <User extends object>(user: User) => ({ data: { ...user, image: null } });

/** What is made sure of whenever an account is made or changed, or a session begins. */
export const accountHooks = (pool: Pool) => ({
  user: {
    create: {
      before: async (user: NewUser, asked?: Asked) => {
        if (isSingleSignOn(asked)) return withoutImage({ ...user, name: fittingName(user) });
        refuseBadName(user);
        return withoutImage(user);
      },
    },
    update: {
      before: async (user: { readonly name?: string | undefined }) => {
        refuseBadName(user);
        return 'image' in user ? withoutImage(user) : { data: user };
      },
    },
  },
  session: {
    create: {
      // Whoever has a second factor is asked for it: what a tenant's provider says does not take its place, since the
      // account may belong to other tenants as well.
      before: async ({ userId }: { readonly userId: string }, asked?: Asked) => {
        if (!isSingleSignOn(asked)) return;
        const { rowCount } = await pool.query(HAS_SECOND_FACTOR, [userId]);
        if (rowCount === 0) return;
        throw new APIError('FORBIDDEN', {
          code: 'SECOND_FACTOR_NEEDED',
          message: 'This account has a second factor: sign in with its password.',
        });
      },
    },
  },
});
