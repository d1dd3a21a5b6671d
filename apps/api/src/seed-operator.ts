import type { ApiContext, ApiServices } from './context.ts';
import { ensureApiToken, findOwnTenant, signInSeed } from './seed-account.ts';
import { createPlatformTenant, PLATFORM_SLUG } from './tenants/platform-tenant.ts';
import { createTenant } from './tenants/create-tenant.ts';

/** Publishes the plugins below examples/. */
const COMMUNITY_SLUG = 'open-plugins';
const COMMUNITY_NAME = 'Open Plugins';
const OPERATOR_NAME = 'Operator';

/** Tokens that may publish, by the tenant that they publish for. */
export type PublisherTokens = Readonly<Record<typeof PLATFORM_SLUG | typeof COMMUNITY_SLUG, string>>;

export type SeedOperatorInput = {
  /** One of those that IA_PLATFORM_ADMINS names. */
  readonly email: string;
  readonly password: string;
  /** The tokens of an earlier start, each kept while it works. */
  readonly tokens: Readonly<Record<keyof PublisherTokens, string | undefined>>;
};

export type SeededOperator = Pick<SeedOperatorInput, 'email' | 'password'> & { readonly publishers: PublisherTokens };

/** Makes the operator of the platform, and the tenants whose plugins come with it, each where it is missing. */
export const seedOperator = async (services: ApiServices, input: SeedOperatorInput): Promise<SeededOperator> => {
  const { email, password, tokens } = input;
  const context = await signInSeed(services, { email, name: OPERATOR_NAME, password });
  // The address was set by whoever runs this program: nobody has to be mailed to know that it is theirs.
  await services.auth.pool.query(`update "user" set "emailVerified" = true where email = $1`, [email]);
  const platformId = findOwnTenant(context, PLATFORM_SLUG) ?? (await createPlatformTenant(context));
  const communityId =
    findOwnTenant(context, COMMUNITY_SLUG) ??
    (await createTenant(context, { slug: COMMUNITY_SLUG, name: COMMUNITY_NAME })).id;
  const publishers = {
    [PLATFORM_SLUG]: await publishingToken(context, platformId, tokens[PLATFORM_SLUG]),
    [COMMUNITY_SLUG]: await publishingToken(context, communityId, tokens[COMMUNITY_SLUG]),
  };
  await context.session.close();
  return { email, password, publishers };
};

const publishingToken = (context: ApiContext, tenantId: string, known: string | undefined): Promise<string> =>
  ensureApiToken(context, { tenantId, name: 'publishing', scopes: ['PLUGINS_READ', 'PLUGINS_PUBLISH'], known });
