import { randomBytes } from 'node:crypto';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { type ApiContext, type ApiServices, createContext } from './context.ts';
import { demoPipelines } from './demo-pipelines.ts';
import { createPipeline } from './pipelines/save-pipeline.ts';
import { createTenant } from './tenants/create-tenant.ts';
import { issueApiToken } from './tokens/api-token-changes.ts';

const DEMO_SLUG = 'demo';
const DEMO_NAME = 'Demo';
const DEMO_EMAIL = 'demo@example.com';
const DEMO_USER_NAME = 'Demo Owner';

export type SeedDemoInput = {
  /** What a demo pipeline calls. */
  readonly apiUrl: string;
  /** @default a random one; a demo user that is there already keeps signing in with the password it was made with */
  readonly password?: string | undefined;
  /** The token of an earlier start, kept while it works. */
  readonly apiToken?: string | undefined;
};

export type SeededDemo = {
  readonly tenant: string;
  readonly email: string;
  readonly password: string;
  readonly apiToken: string;
};

/** Signs the demo user in, making the account on the first start. */
const signIn = async ({ auth }: ApiServices, password: string): Promise<string> => {
  const body = { email: DEMO_EMAIL, password };
  const { rowCount } = await auth.pool.query('select 1 from "user" where email = $1', [DEMO_EMAIL]);
  if (rowCount === 0) {
    const { token } = await auth.betterAuth.api.signUpEmail({ body: { ...body, name: DEMO_USER_NAME } });
    if (token !== null) return token;
  }
  try {
    return (await auth.betterAuth.api.signInEmail({ body })).token;
  } catch (error) {
    throw new PlatformError({
      code: 'IA_PLATFORM_SEED',
      message: `The demo user ${DEMO_EMAIL} is there with another password.`,
      hint: 'Pass the password of the first start as IA_DEMO_PASSWORD, or use an empty database.',
      fault: 'infra',
      cause: error,
    });
  }
};

const contextOf = async (services: ApiServices, token: string): Promise<ApiContext> => {
  const credential = { kind: 'bearer', token } as const;
  return createContext({
    services,
    credential,
    principal: await services.principals.resolve(credential),
    origin: { userAgent: 'seed' },
  });
};

const ensureTenant = async (context: ApiContext): Promise<string> => {
  const { principal } = context.viewer;
  const known = principal?.kind === 'user' ? principal.memberships.find(({ slug }) => slug === DEMO_SLUG) : undefined;
  return known?.tenantId ?? (await createTenant(context, { slug: DEMO_SLUG, name: DEMO_NAME })).id;
};

const ensurePipelines = async (context: ApiContext, tenantId: string, apiUrl: string): Promise<void> => {
  for (const definition of demoPipelines(apiUrl)) {
    try {
      await createPipeline(context, { tenantId, definition, dryRun: false });
    } catch (error) {
      // It is there from an earlier start, perhaps changed by its user since.
      if (!(error instanceof PlatformError) || error.code !== 'IA_API_CONFLICT') throw error;
    }
  }
};

const ensureApiToken = async (context: ApiContext, tenantId: string, known: string | undefined): Promise<string> => {
  if (known !== undefined) {
    const principal = await context.services.principals.resolve({ kind: 'bearer', token: known });
    if (principal?.kind === 'token' && principal.tenantId === tenantId) return known;
  }
  const request = { tenantId, name: 'demo', scopes: TOKEN_SCOPES, expiresAt: null, serviceAccountId: null };
  return (await issueApiToken(context, request)).token;
};

/** Makes the demo tenant, its owner, pipelines and API token, each where it is missing, as the API itself would. */
export const seedDemo = async (services: ApiServices, input: SeedDemoInput): Promise<SeededDemo> => {
  const password = input.password ?? randomBytes(12).toString('base64url');
  const context = await contextOf(services, await signIn(services, password));
  const tenantId = await ensureTenant(context);
  await ensurePipelines(context, tenantId, input.apiUrl);
  const apiToken = await ensureApiToken(context, tenantId, input.apiToken);
  await context.session.close();
  return { tenant: DEMO_SLUG, email: DEMO_EMAIL, password, apiToken };
};
