import {
  findRegistryLogin,
  grantableScopes,
  type OpenLogin,
  type Prisma,
  sealText,
  type TokenScope,
  type UserPrincipal,
} from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { notFound, requireAccess, unauthenticated } from '../access.ts';
import type { ApiContext } from '../context.ts';
import { switchedOff } from '../flags/flag-reader.ts';
import { RateBuckets } from '../traffic/rate-buckets.ts';
import { makeApiToken } from './api-token-changes.ts';
import type { ApiTokenRow } from './token-rows.ts';

export type ConfirmLoginRequest = { readonly tenantId: string; readonly code: string };

/** What npm needs: nothing else can be done with such a token. */
const SCOPES: readonly TokenScope[] = ['PLUGINS_READ', 'PLUGINS_PUBLISH'];
const LIFE_MS = 90 * 24 * 3_600_000;

/** A code has 34 random bits and ten minutes: somebody who guesses gets nowhere with these. */
const guesses = new RateBuckets({ capacity: 10, restorePerSecond: 1 / 60 });

const requirePerson = ({ viewer }: ApiContext): UserPrincipal => {
  if (viewer.principal === null) throw unauthenticated();
  if (viewer.principal.kind === 'user') return viewer.principal;
  throw new PlatformError({ code: 'IA_API_FORBIDDEN', message: 'Logins are confirmed by people, not by tokens.' });
};

/** The open login of a code. Codes can not be tried one after the other. */
const findLogin = async (context: ApiContext, person: UserPrincipal, code: string): Promise<OpenLogin | null> => {
  const withdrawal = guesses.withdraw(person.userId, 1);
  if (!withdrawal.isGranted) {
    throw new PlatformError({
      code: 'IA_API_FORBIDDEN',
      message: 'Too many codes were tried that are not open.',
      hint: `Try again in ${withdrawal.retryAfterSeconds} seconds.`,
    });
  }
  const login = await findRegistryLogin(context.services.lookups, code);
  if (login !== null) guesses.settle(person.userId, 1);
  return login;
};

const requireLogin = async (context: ApiContext, person: UserPrincipal, code: string): Promise<OpenLogin> => {
  const login = await findLogin(context, person, code);
  if (login === null) throw notFound();
  return login;
};

/** A login that waits to be confirmed, for whoever has its code; null when none is open. */
export const findNpmLogin = async (context: ApiContext, code: string): Promise<OpenLogin | null> =>
  findLogin(context, requirePerson(context), code);

const answerLogin = async (
  tx: Pick<Prisma.TransactionClient, '$queryRaw'>,
  login: OpenLogin,
  sealedToken: Buffer | null,
): Promise<void> => {
  const [answered] = await tx.$queryRaw<[{ is_open: boolean }]>`
    select answer_registry_login(${login.id}::uuid, ${sealedToken}::bytea) as is_open`;
  if (answered.is_open) return;
  throw new PlatformError({
    code: 'IA_API_CONFLICT',
    message: 'This login was answered already, or its time is over.',
    hint: 'Run `npm login` again.',
  });
};

/** Makes a token for npm in one tenant, and seals it for the login: only the npm that began it can read it. */
export const confirmNpmLogin = async (
  context: ApiContext,
  { tenantId, code }: ConfirmLoginRequest,
): Promise<ApiTokenRow> => {
  const person = requirePerson(context);
  requireAccess(person, tenantId, 'token.create');
  const mayBeMade = await context.services.flags.isEnabled(tenantId, 'API_TOKENS');
  if (!mayBeMade) throw switchedOff('API_TOKENS');
  const login = await requireLogin(context, person, code);
  return context.change(tenantId, 'token.create', async (tx, principal) => {
    const grantable = grantableScopes(principal, tenantId);
    const scopes = SCOPES.filter((scope) => grantable.includes(scope));
    const name = `npm login (${login.client.name})`.slice(0, 100);
    const expiresAt = new Date(Date.now() + LIFE_MS);
    const request = { tenantId, name, scopes, expiresAt, serviceAccountId: null };
    const { token, apiToken } = await makeApiToken(tx, principal, request);
    await tx.apiToken.update({
      where: { tenantId_id: { tenantId, id: apiToken.id } },
      data: { isFromNpmLogin: true },
    });
    await answerLogin(tx, login, sealText(login.publicKey, token));
    return apiToken;
  });
};

/** Refuses a login: npm hears so. */
export const denyNpmLogin = async (context: ApiContext, code: string): Promise<void> => {
  const login = await requireLogin(context, requirePerson(context), code);
  await answerLogin(context.services.database.prisma, login, null);
};
