import { reservedLikenessOf } from '@ia-modules/plugin-names';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { APIError } from 'better-auth';
import { organization } from 'better-auth/plugins';
import { checkName } from '../check-name.ts';
import { ORGANIZATION_ROLES, organizationAccess } from './organization-roles.ts';

const SLUG = /^[a-z][a-z0-9-]{1,38}[a-z0-9]$/;

/** @throws PlatformError IA_API_INVALID; slugs name registry scopes, so they are strict and never change. */
export const checkSlug = (slug: string): void => {
  const likeness = reservedLikenessOf(slug);
  if (SLUG.test(slug) && !slug.includes('--') && likeness === undefined) return;
  throw new PlatformError({
    code: 'IA_API_INVALID',
    message: likeness === undefined ? `"${slug}" is no valid slug.` : reservedMessage(slug, likeness),
    hint: 'Use 3 to 40 lower-case letters, digits and single hyphens, starting with a letter.',
  });
};

const reservedMessage = (slug: string, likeness: string): string =>
  slug === likeness
    ? `The slug "${slug}" is reserved.`
    : `The slug "${slug}" reads like "${likeness}", which is reserved.`;

/** In the words of the sign-in API. */
const asBadRequest = (check: () => void): void => {
  try {
    check();
  } catch (error) {
    throw new APIError('BAD_REQUEST', { message: (error as Error).message });
  }
};

export const refuseBadName = ({ name }: { readonly name?: string | undefined }): void =>
  asBadRequest(() => {
    if (name !== undefined) checkName(name);
  });

/** What GraphQL calls to make a tenant. It is not to be had over http. */
export const CREATE_ORGANIZATION_PATH = '/organization/create';

/**
 * Tenants, their members and roles. Members change through GraphQL alone, where the change and its audit row are one
 * transaction: of the plugin's endpoints there is only the one that makes a tenant.
 */
export const organizations = () => {
  const { endpoints, ...plugin } = organization({
    ac: organizationAccess,
    roles: ORGANIZATION_ROLES,
    creatorRole: 'owner',
    disableOrganizationDeletion: true,
    organizationHooks: {
      beforeCreateOrganization: async ({ organization: created }) => {
        asBadRequest(() => checkSlug(created.slug ?? ''));
        refuseBadName(created);
      },
    },
  });
  return { ...plugin, endpoints: { createOrganization: endpoints.createOrganization } };
};
