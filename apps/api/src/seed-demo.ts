import { randomBytes } from 'node:crypto';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { ApiContext, ApiServices } from './context.ts';
import { demoPipelines } from './demo-pipelines.ts';
import { createPipeline } from './pipelines/save-pipeline.ts';
import { ensureApiToken, findOwnTenant, signInSeed } from './seed-account.ts';
import { createTenant } from './tenants/create-tenant.ts';

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

/** Makes the demo tenant, its owner, pipelines and API token, each where it is missing, as the API itself would. */
export const seedDemo = async (services: ApiServices, input: SeedDemoInput): Promise<SeededDemo> => {
  const password = input.password ?? randomBytes(12).toString('base64url');
  const context = await signInSeed(services, { email: DEMO_EMAIL, name: DEMO_USER_NAME, password });
  const tenantId =
    findOwnTenant(context, DEMO_SLUG) ?? (await createTenant(context, { slug: DEMO_SLUG, name: DEMO_NAME })).id;
  await ensurePipelines(context, tenantId, input.apiUrl);
  const apiToken = await ensureApiToken(context, {
    tenantId,
    name: 'demo',
    scopes: TOKEN_SCOPES,
    known: input.apiToken,
  });
  await context.session.close();
  return { tenant: DEMO_SLUG, email: DEMO_EMAIL, password, apiToken };
};
