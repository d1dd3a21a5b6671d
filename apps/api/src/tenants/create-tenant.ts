import { appendAudit, findMemberships, type UserPrincipal, withTenant } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { isAPIError } from 'better-auth/api';
import { notFound, unauthenticated } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import { checkName } from '../check-name.ts';
import { checkSlug } from '../auth/organizations.ts';
import { causesOf } from '../database-errors/error-causes.ts';
import type { ApiContext } from '../context.ts';
import type { TenantRow } from './tenant-rows.ts';

/** Makes a tenant that the signed-in user owns. */
export const createTenant = async (
  context: ApiContext,
  { slug, name }: Readonly<{ slug: string; name: string }>,
): Promise<TenantRow> => {
  const { services } = context;
  const { principal } = context.viewer;
  if (principal === null) throw unauthenticated();
  if (principal.kind === 'token') {
    throw new PlatformError({
      code: 'IA_API_FORBIDDEN',
      message: 'A token belongs to one tenant and can make no other.',
    });
  }
  checkSlug(slug);
  checkName(name);
  await checkOwned(context, principal);
  // An operation holds one connection at a time.
  await context.session.close();
  const tenantId = await createOrganization(context, { slug, name, userId: principal.userId });
  await withTenant(services.database, tenantId, (tx) =>
    appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'tenant.create',
      target: `tenant:${tenantId}`,
      details: { after: { slug, name } },
    }),
  );
  services.principals.forget();
  await context.refreshPrincipal();
  const tenant = await context.loaders.tenants.load({ tenantId, id: tenantId });
  if (tenant === null) throw notFound();
  return tenant;
};

/** Quotas are a tenant's: whoever may make any number of tenants has none. */
const checkOwned = async ({ services }: ApiContext, principal: UserPrincipal): Promise<void> => {
  const { lookups, platformAdmins, maxTenantsPerPerson: limit } = services;
  if (principal.isEmailVerified && platformAdmins.has(principal.email.toLowerCase())) return;
  const memberships = await findMemberships(lookups, principal.userId);
  const owned = memberships.filter(({ role }) => role === 'owner').length;
  if (owned < limit) return;
  throw new PlatformError({
    code: 'IA_API_QUOTA',
    message: `You own ${owned} tenants; ${limit} are allowed.`,
    hint: 'Delete one or hand it over, or ask who operates the platform.',
    details: { quota: 'tenantsPerPerson', used: owned, limit },
  });
};

const createOrganization = async (
  { services }: ApiContext,
  body: Readonly<{ slug: string; name: string; userId: string }>,
): Promise<string> => {
  try {
    const organization = await services.auth.betterAuth.api.createOrganization({ body });
    return organization.id;
  } catch (error) {
    const why = refusalIn(error);
    if (why === undefined) throw error;
    throw new PlatformError({
      code: 'IA_API_CONFLICT',
      message: `A tenant with the slug "${body.slug}" can't be made: ${why}.`,
      hint: 'Choose another slug.',
      cause: error,
    });
  }
};

const UNIQUE_VIOLATION = '23505';

/** Why nobody gets the slug; undefined for an error of another kind. */
const refusalIn = (error: unknown): string | undefined => {
  // The database says so of slugs of tenants that are gone, and of two that are made at once.
  if ([...causesOf(error)].some(({ code }) => code === UNIQUE_VIOLATION))
    return 'it belongs or belonged to another one';
  return isAPIError(error) && error.statusCode < 500 ? error.message : undefined;
};
