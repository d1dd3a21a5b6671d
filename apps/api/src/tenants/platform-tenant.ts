import { appendAudit, withTenant } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { v7 as uuid } from 'uuid';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import { requireOperator } from './platform-operator.ts';

/** Whose scope holds what the platform itself publishes; a slug that nobody else gets. */
export const PLATFORM_SLUG = 'ia-modules';
const PLATFORM_NAME = 'IA Modules';

const CREATE = `with organization as (
    insert into "organization" (id, name, slug, "createdAt") values ($1, $2, $3, now()) on conflict (slug) do nothing returning id)
  insert into "member" (id, "organizationId", "userId", role, "createdAt")
  select $4, id, $5, 'owner', now() from organization returning "organizationId" as id`;

/**
 * Makes the tenant of the platform itself, owned by the operator who asks.
 *
 * @throws PlatformError IA_API_FORBIDDEN to anybody else, IA_API_CONFLICT when it is there
 */
export const createPlatformTenant = async (context: ApiContext): Promise<string> => {
  const operator = await requireOperator(context);
  const { auth, database, principals } = context.services;
  const values = [uuid(), PLATFORM_NAME, PLATFORM_SLUG, uuid(), operator.userId];
  const [created] = (await auth.pool.query<{ id: string }>(CREATE, values)).rows;
  if (created === undefined) {
    throw new PlatformError({
      code: 'IA_API_CONFLICT',
      message: `The tenant ${PLATFORM_SLUG} is there already.`,
      hint: 'Ask its owners for an invitation.',
    });
  }
  const { id: tenantId } = created;
  await withTenant(database, tenantId, (tx) =>
    appendAudit(tx, {
      tenantId,
      actor: auditActor(operator),
      action: 'tenant.create',
      target: `tenant:${tenantId}`,
      details: { after: { slug: PLATFORM_SLUG, name: PLATFORM_NAME } },
    }),
  );
  principals.forget();
  await context.refreshPrincipal();
  return tenantId;
};
