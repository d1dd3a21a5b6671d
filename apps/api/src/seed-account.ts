import { PlatformError } from '@ia-modules/plugin-sdk';
import { type ApiContext, type ApiServices, createContext } from './context.ts';
import { issueApiToken } from './tokens/api-token-changes.ts';
import type { TokenScope } from '@ia-modules/database';

export type SeedAccount = { readonly email: string; readonly name: string; readonly password: string };

/** Signs somebody in, making the account when there is none. */
const signIn = async ({ auth }: ApiServices, { email, name, password }: SeedAccount): Promise<string> => {
  const body = { email, password };
  const { rowCount } = await auth.pool.query('select 1 from "user" where email = $1', [email]);
  if (rowCount === 0) {
    const { token } = await auth.betterAuth.api.signUpEmail({ body: { ...body, name } });
    if (token !== null) return token;
  }
  try {
    return (await auth.betterAuth.api.signInEmail({ body })).token;
  } catch (error) {
    throw new PlatformError({
      code: 'IA_PLATFORM_SEED',
      message: `The user ${email} is there with another password.`,
      hint: 'Pass the password of the first start, or use an empty database.',
      fault: 'infra',
      cause: error,
    });
  }
};

/** The context of a request that this person would send. */
export const signInSeed = async (services: ApiServices, account: SeedAccount): Promise<ApiContext> => {
  const credential = { kind: 'bearer', token: await signIn(services, account) } as const;
  return createContext({
    services,
    credential,
    principal: await services.principals.resolve(credential),
    origin: { userAgent: 'seed' },
  });
};

/** The tenant of this slug that the person belongs to. */
export const findOwnTenant = ({ viewer: { principal } }: ApiContext, slug: string): string | undefined =>
  principal?.kind === 'user'
    ? principal.memberships.find((membership) => membership.slug === slug)?.tenantId
    : undefined;

export type SeedToken = {
  readonly tenantId: string;
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  /** The token of an earlier start, kept while it works. */
  readonly known: string | undefined;
};

export const ensureApiToken = async (context: ApiContext, { known, ...wanted }: SeedToken): Promise<string> => {
  if (known !== undefined) {
    const principal = await context.services.principals.resolve({ kind: 'bearer', token: known });
    if (principal?.kind === 'token' && principal.tenantId === wanted.tenantId) return known;
  }
  return (await issueApiToken(context, { ...wanted, expiresAt: null, serviceAccountId: null })).token;
};
