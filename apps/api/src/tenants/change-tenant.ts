import { appendAudit, type Prisma, type Principal } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { notFound, principalId } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import { checkName } from '../check-name.ts';
import type { ApiContext } from '../context.ts';
import type { TenantRow } from './tenant-rows.ts';

const MS_PER_DAY = 24 * 60 * 60 * 1_000;

const loadTenant = async ({ loaders }: ApiContext, tenantId: string): Promise<TenantRow> => {
  const tenant = await loaders.tenants.load({ tenantId, id: tenantId });
  if (tenant === null) throw notFound();
  return tenant;
};

/** Memberships carry the name, and whether the tenant is closed. */
const forgetMemberships = async (context: ApiContext): Promise<void> => {
  context.services.principals.forget();
  await context.refreshPrincipal();
};

type TenantChange = {
  readonly tenantId: string;
  readonly principal: Principal;
  readonly action: string;
  readonly details: Readonly<Record<string, unknown>>;
};

const auditChange = (tx: Prisma.TransactionClient, { tenantId, principal, action, details }: TenantChange) =>
  appendAudit(tx, { tenantId, actor: auditActor(principal), action, target: `tenant:${tenantId}`, details });

/** The slug stays: packages carry it. */
export const renameTenant = async (
  context: ApiContext,
  { tenantId, name }: Readonly<{ tenantId: string; name: string }>,
): Promise<TenantRow> => {
  checkName(name);
  await context.change(tenantId, 'tenant.settings', async (tx, principal) => {
    const before = await tx.tenant.findUniqueOrThrow({ where: { id: tenantId }, select: { name: true } });
    await tx.$executeRaw`select rename_tenant(${tenantId}::uuid, ${name})`;
    const details = { before, after: { name } };
    await auditChange(tx, { tenantId, principal, action: 'tenant.rename', details });
  });
  await forgetMemberships(context);
  return loadTenant(context, tenantId);
};

const requirePerson = (principal: Principal): string => {
  if (principal.kind === 'user') return principal.userId;
  throw new PlatformError({
    code: 'IA_API_FORBIDDEN',
    message: 'A token can not hand a tenant over.',
    hint: 'Sign in as the owner.',
  });
};

/** Makes another member the owner; who asks is an admin from then on. */
export const transferTenant = async (
  context: ApiContext,
  { tenantId, userId: newOwner }: Readonly<{ tenantId: string; userId: string }>,
): Promise<TenantRow> => {
  await context.change(tenantId, 'tenant.transfer', async (tx, principal) => {
    const userId = requirePerson(principal);
    if (userId === newOwner) {
      throw new PlatformError({ code: 'IA_API_INVALID', message: 'You own the tenant already.' });
    }
    const [row] = await tx.$queryRaw<{ refusal: string | null }[]>`
      select transfer_tenant(${tenantId}::uuid, ${userId}, ${newOwner}) as refusal`;
    if (row?.refusal === 'no_member') throw notAMember();
    if (row?.refusal === 'not_owner') throw notOwnerAnyMore();
    const details = { before: { ownerId: userId }, after: { ownerId: newOwner } };
    await auditChange(tx, { tenantId, principal, action: 'tenant.transfer', details });
  });
  await forgetMemberships(context);
  return loadTenant(context, tenantId);
};

const notAMember = (): PlatformError =>
  new PlatformError({
    code: 'IA_API_INVALID',
    message: 'The new owner is no member of the tenant.',
    hint: 'Invite them first.',
  });

const notOwnerAnyMore = (): PlatformError =>
  new PlatformError({ code: 'IA_API_CONFLICT', message: 'Somebody else changed who owns the tenant meanwhile.' });

/**
 * Closes a tenant: nothing starts in it any more, runs that go on are canceled, tokens end. It is erased when the days of
 * grace are over; until then an owner can take it back.
 */
export const deleteTenant = async (
  context: ApiContext,
  { tenantId, slug }: Readonly<{ tenantId: string; slug: string }>,
): Promise<TenantRow> => {
  const { tenantGraceDays, choreWakeup } = context.services;
  await context.change(tenantId, 'tenant.delete', async (tx, principal) => {
    const tenant = await tx.tenant.findUniqueOrThrow({ where: { id: tenantId } });
    if (tenant.slug !== slug) {
      throw new PlatformError({
        code: 'IA_API_INVALID',
        message: '`confirmSlug` is not the slug of the tenant.',
        hint: `Repeat it to confirm: everything of the tenant will be erased.`,
      });
    }
    const deletedBy = principalId(principal);
    const graceMs = tenantGraceDays * MS_PER_DAY;
    const closed = await tx.$queryRaw<{ eraseAt: Date }[]>`
      update tenants set deleted_at = now(), deleted_by = ${deletedBy},
        erase_at = now() + ${graceMs}::float8 * interval '1 millisecond'
      where id = ${tenantId}::uuid and deleted_at is null returning erase_at as "eraseAt"`;
    const [row] = closed;
    if (row === undefined)
      throw new PlatformError({ code: 'IA_API_CONFLICT', message: 'The tenant is deleted already.' });
    await tx.$executeRaw`select cancel_tenant_runs(${tenantId}::uuid, ${deletedBy})`;
    const details = { before: { deletedAt: null }, after: { eraseAt: row.eraseAt } };
    await auditChange(tx, { tenantId, principal, action: 'tenant.delete', details });
  });
  // Before the memberships say so: a token that closes its own tenant could not read it any more.
  const tenant = await loadTenant(context, tenantId);
  await forgetMemberships(context);
  choreWakeup.wake();
  return tenant;
};

/** Takes a deletion back, as long as the erasure has not begun. Runs that were canceled stay canceled. */
export const restoreTenant = async (context: ApiContext, tenantId: string): Promise<TenantRow> => {
  await context.change(tenantId, 'tenant.delete', async (tx, principal) => {
    const restored = await tx.$executeRaw`
      update tenants set deleted_at = null, deleted_by = null, erase_at = null
      where id = ${tenantId}::uuid and deleted_at is not null and erase_at > now()`;
    if (restored === 0) {
      throw new PlatformError({
        code: 'IA_API_CONFLICT',
        message: 'The tenant is not deleted, or its days of grace are over.',
      });
    }
    await auditChange(tx, { tenantId, principal, action: 'tenant.restore', details: {} });
  });
  await forgetMemberships(context);
  return loadTenant(context, tenantId);
};
