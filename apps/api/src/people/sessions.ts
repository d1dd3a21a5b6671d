import type { UserPrincipal } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { notFound, unauthenticated } from '../access.ts';
import type { ApiContext } from '../context.ts';

export type SessionRow = {
  readonly id: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly address: string | null;
  readonly userAgent: string | null;
};

const MAX_SESSIONS = 100;

const LIST = `select id, "createdAt", "expiresAt", nullif("ipAddress", '') as address, nullif("userAgent", '') as "userAgent"
  from "session" where "userId" = $1 and "expiresAt" > now() order by "createdAt" desc, id limit ${MAX_SESSIONS}`;

/** Where a person is signed in, the newest first. */
export const listSessions = async ({ services }: ApiContext, { userId }: UserPrincipal): Promise<SessionRow[]> =>
  (await services.auth.pool.query<SessionRow>(LIST, [userId])).rows;

const requirePerson = ({ viewer }: ApiContext): UserPrincipal => {
  if (viewer.principal === null) throw unauthenticated();
  if (viewer.principal.kind === 'user') return viewer.principal;
  throw new PlatformError({ code: 'IA_API_FORBIDDEN', message: 'Sessions are for people, not for tokens.' });
};

/** A device that was let in during the session and has not fetched its own yet gets none. */
const REVOKE = `with ended as (delete from "session" where id = $1 and "userId" = $2 returning "userId"),
  unlet as (delete from "deviceCode" where "userId" in (select "userId" from ended))
  select from ended`;

/** Ends a session of the person who asks, wherever it is used. */
export const revokeSession = async (context: ApiContext, sessionId: string): Promise<void> => {
  const { userId } = requirePerson(context);
  const { rowCount } = await context.services.auth.pool.query(REVOKE, [sessionId, userId]);
  if (rowCount === 0) throw notFound();
  context.services.principals.forget();
};
