import { appendAudit, type Prisma, type Principal, type Role, roleIn } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { notFound } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';

type MemberKey = Readonly<{ tenantId: string; id: string }>;
type Answered = { readonly outcome: string; readonly role_before: Role | null };

const actorRole = (principal: Principal, tenantId: string): Role => {
  const role = roleIn(principal, tenantId);
  if (role === undefined) throw notFound();
  return role;
};

/** Whose role in the tenant counts: a personal token acts for its maker. */
const actorId = (principal: Principal): string => {
  if (principal.kind === 'user') return principal.userId;
  return principal.serviceAccountId ?? principal.createdBy;
};

/** Says why members stay as they are. */
const refuse = (outcome: string | undefined): never => {
  if (outcome === 'outdated') {
    throw new PlatformError({
      code: 'IA_API_CONFLICT',
      message: 'Somebody changed your own role meanwhile.',
      hint: 'Look at the members again.',
    });
  }
  if (outcome === 'above') {
    throw new PlatformError({
      code: 'IA_API_FORBIDDEN',
      message: 'Nobody raises anyone above themselves, or touches someone who stands above them.',
      hint: 'Ask an owner of the tenant.',
    });
  }
  if (outcome === 'last_owner') {
    throw new PlatformError({
      code: 'IA_API_CONFLICT',
      message: 'The last owner of a tenant stays its owner.',
      hint: 'Make somebody else an owner first, or delete the tenant.',
    });
  }
  throw notFound();
};

/** Gives a member another role. What they do with it counts within seconds, on open sockets as well. */
export const changeMemberRole = async (
  context: ApiContext,
  { tenantId, id: userId, role }: MemberKey & Readonly<{ role: Role }>,
): Promise<void> => {
  await context.change(tenantId, 'member.write', async (tx, principal) => {
    const [answered] = await tx.$queryRaw<Answered[]>`
      select outcome, role_before
      from set_member_role(${userId}, ${role}, ${actorId(principal)}, ${actorRole(principal, tenantId)})`;
    if (answered?.outcome !== 'changed') return refuse(answered?.outcome);
    return appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'member.change_role',
      target: `member:${userId}`,
      details: { before: { role: answered.role_before }, after: { role } },
    });
  });
  context.services.principals.forget();
  await context.refreshPrincipal();
};

type Removal = MemberKey & Readonly<{ principal: Principal; action: 'member.remove' | 'member.leave' }>;

const remove = async (tx: Prisma.TransactionClient, removal: Removal): Promise<void> => {
  const { tenantId, id: userId, principal, action } = removal;
  const [answered] = await tx.$queryRaw<Answered[]>`
    select outcome, role_before
    from remove_member(${userId}, ${actorId(principal)}, ${actorRole(principal, tenantId)})`;
  if (answered?.outcome !== 'removed') return refuse(answered?.outcome);
  await appendAudit(tx, {
    tenantId,
    actor: auditActor(principal),
    action,
    target: `member:${userId}`,
    details: { before: { role: answered.role_before }, after: null },
  });
};

/** Removes a member. Their API tokens end with it, and their sockets lose the tenant within seconds. */
export const removeMember = async (context: ApiContext, key: MemberKey): Promise<void> => {
  await context.change(key.tenantId, 'member.write', (tx, principal) =>
    remove(tx, { ...key, principal, action: 'member.remove' }),
  );
  context.services.principals.forget();
};

/** Takes the person who asks out of a tenant. */
export const leaveTenant = async (context: ApiContext, tenantId: string): Promise<void> => {
  await context.change(tenantId, 'member.read', async (tx, principal) => {
    if (principal.kind !== 'user') {
      throw new PlatformError({
        code: 'IA_API_FORBIDDEN',
        message: 'A token belongs to its tenant: revoke it instead.',
      });
    }
    await remove(tx, { tenantId, id: principal.userId, principal, action: 'member.leave' });
  });
  context.services.principals.forget();
  await context.refreshPrincipal();
};
