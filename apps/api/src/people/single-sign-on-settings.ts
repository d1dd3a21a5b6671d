import { randomBytes, randomUUID } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { appendAudit, type Role, type UserPrincipal } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { PoolClient } from 'pg';
import { notFound } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import { readIssuer } from './identity-provider.ts';

/** Roles that a person may get by signing in alone. */
export const JOINING_ROLES = ['developer', 'operator', 'approver', 'viewer'] as const satisfies readonly Role[];
export type JoiningRole = (typeof JOINING_ROLES)[number];

export type SingleSignOnRow = {
  readonly tenantId: string;
  readonly providerId: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly domain: string;
  readonly domainToken: string;
  readonly isDomainVerified: boolean;
  readonly role: JoiningRole;
  readonly createdAt: Date;
};

export type SingleSignOnSettings = Readonly<{
  tenantId: string;
  issuer: string;
  clientId: string;
  clientSecret: string;
  domain: string;
  role: JoiningRole;
}>;

const DOMAIN = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const MAX_FIELD_LENGTH = 1_000;
const DNS_TIMEOUT_MS = 5_000;

/** Null where there is none. */
export const findSingleSignOn = async (client: PoolClient): Promise<SingleSignOnRow | null> => {
  const sql = `select tenant_id as "tenantId", provider_id as "providerId", issuer, client_id as "clientId", domain,
    domain_token as "domainToken", is_domain_verified as "isDomainVerified", role, created_at as "createdAt"
    from tenant_single_sign_on`;
  return (await client.query<SingleSignOnRow>(sql)).rows[0] ?? null;
};

/** The record in the DNS that shows whose a domain is. */
export const verificationRecord = ({ domain, domainToken }: SingleSignOnRow) => ({
  name: `_ia-modules.${domain}`,
  value: `ia-modules-verify=${domainToken}`,
});

const invalid = (message: string): PlatformError => new PlatformError({ code: 'IA_API_INVALID', message });

const checkSettings = ({ clientId, clientSecret, domain }: SingleSignOnSettings): string => {
  for (const text of [clientId, clientSecret]) {
    if (text === '' || text.length > MAX_FIELD_LENGTH)
      throw invalid('The client has an id and a secret, neither of them long.');
  }
  const lowered = domain.trim().toLowerCase();
  if (!DOMAIN.test(lowered)) throw invalid('The domain is what stands behind the @ of the addresses.');
  return lowered;
};

/** People only: whoever sets this decides who can sign in as anyone of the domain. */
const requirePerson = ({ viewer }: ApiContext): UserPrincipal => {
  if (viewer.principal?.kind === 'user') return viewer.principal;
  throw new PlatformError({ code: 'IA_API_FORBIDDEN', message: 'Single sign-on is set by people, not by tokens.' });
};

/** Says where the members of a tenant sign in. It counts once the domain is shown to be the tenant's. */
export const configureSingleSignOn = async (context: ApiContext, settings: SingleSignOnSettings): Promise<void> => {
  const { tenantId, clientId, clientSecret, role } = settings;
  // Before anything is fetched in the name of the tenant.
  await context.session.read(tenantId, 'tenant.settings', () => Promise.resolve());
  const { userId } = requirePerson(context);
  const domain = checkSettings(settings);
  const { issuer, endpoints } = await readIssuer(settings.issuer, context.services.signIn);
  const config = { issuer, clientId, clientSecret, pkce: true, scopes: ['openid', 'email', 'profile'], ...endpoints };
  const sealed = await context.services.auth.sealProviderConfig(config);
  const provider = JSON.stringify({
    providerId: `sso-${randomUUID()}`,
    issuer,
    clientId,
    domain,
    role,
    domainToken: randomBytes(24).toString('base64url'),
  });
  await context.change(tenantId, 'tenant.settings', async (tx, principal) => {
    const [row] = await tx.$queryRaw<{ outcome: string }[]>`
      select set_single_sign_on(${userId}, ${provider}::jsonb, ${sealed}) as outcome`;
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'single_sign_on.configure',
      target: `tenant:${tenantId}`,
      details: { outcome: row?.outcome, after: { issuer, clientId, domain, role } },
    });
  });
};

const readTextRecords = async (name: string, servers: readonly string[]): Promise<readonly string[]> => {
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 1 });
  if (servers.length > 0) resolver.setServers([...servers]);
  try {
    return (await resolver.resolveTxt(name)).map((parts) => parts.join(''));
  } catch {
    return [];
  }
};

/** Looks for the record that shows that the domain is the tenant's; from then on its people sign in through the issuer. */
export const verifySingleSignOnDomain = async (context: ApiContext, tenantId: string): Promise<void> => {
  const known = await context.session.read(tenantId, 'tenant.settings', findSingleSignOn);
  requirePerson(context);
  if (known === null) throw notFound();
  const { name, value } = verificationRecord(known);
  if (!(await readTextRecords(name, context.services.signIn.dnsServers)).includes(value)) {
    throw new PlatformError({
      code: 'IA_API_CONFLICT',
      message: `There is no TXT record ${name} with the value that was asked for.`,
      hint: `Set it to "${value}" and try again; a new record can take a while to be seen.`,
    });
  }
  await context.change(tenantId, 'tenant.settings', async (tx, principal) => {
    const [row] = await tx.$queryRaw<{ outcome: string }[]>`
      select verify_single_sign_on(${known.providerId}) as outcome`;
    if (row?.outcome === 'taken') {
      throw new PlatformError({
        code: 'IA_API_CONFLICT',
        message: 'Another tenant signs in with this domain already.',
      });
    }
    if (row?.outcome !== 'verified') throw notFound();
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'single_sign_on.verify',
      target: `tenant:${tenantId}`,
      details: {
        before: { isDomainVerified: known.isDomainVerified },
        after: { isDomainVerified: true, domain: known.domain },
      },
    });
  });
};

/** Members stay, and sign in with a password from now on. */
export const removeSingleSignOn = (context: ApiContext, tenantId: string): Promise<void> =>
  context.change(tenantId, 'tenant.settings', async (tx, principal) => {
    requirePerson(context);
    const [row] = await tx.$queryRaw<{ isRemoved: boolean }[]>`select remove_single_sign_on() as "isRemoved"`;
    if (row?.isRemoved !== true) throw notFound();
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'single_sign_on.remove',
      target: `tenant:${tenantId}`,
      details: {},
    });
  });
