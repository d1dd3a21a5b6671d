import { createHash, randomBytes } from 'node:crypto';
import {
  appendAudit,
  type Prisma,
  type Principal,
  type Role,
  ROLES,
  roleIn,
  type UserPrincipal,
  withTenant,
} from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { notFound, unauthenticated } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import { tenantNodeId } from '../global-id.ts';
import { changeOnce, type Repeatable } from '../idempotency.ts';
import { enqueueMail } from '../mail/mail-queue.ts';
import { refusingValues } from '../refused-value.ts';

const OPEN_MS = 7 * 24 * 3_600_000;
const TOKEN_BYTES = 32;
const MAX_EMAIL_LENGTH = 254;

type InvitationKey = Readonly<{ tenantId: string; id: string }>;

const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

const checkEmail = (email: string): string => {
  const parsed = z.email().max(MAX_EMAIL_LENGTH).safeParse(email.trim().toLowerCase());
  if (parsed.success) return parsed.data;
  throw new PlatformError({ code: 'IA_API_INVALID', message: 'This is no e-mail address.' });
};

/** A token invites in the name of the person who made it. */
const inviterOf = (principal: Principal): string => {
  if (principal.kind === 'user') return principal.userId;
  if (principal.serviceAccountId === null) return principal.createdBy;
  throw new PlatformError({ code: 'IA_API_FORBIDDEN', message: 'People invite people: a service account can not.' });
};

const requireRank = (principal: Principal, { tenantId, role }: Readonly<{ tenantId: string; role: Role }>): void => {
  const own = roleIn(principal, tenantId);
  if (own === undefined) throw notFound();
  if (ROLES.indexOf(role) >= ROLES.indexOf(own)) return;
  throw new PlatformError({ code: 'IA_API_FORBIDDEN', message: 'Nobody gives a role that stands above their own.' });
};

const refuseInvitation = (outcome: string | undefined): never => {
  throw outcome === 'member'
    ? new PlatformError({ code: 'IA_API_CONFLICT', message: 'Somebody with this address is a member already.' })
    : new PlatformError({
        code: 'IA_API_QUOTA',
        message: 'As many invitations as a tenant or a person may send in a day are on their way.',
        hint: 'Try again tomorrow.',
      });
};

type NewInvitation = Readonly<{ tenantId: string; email: string; role: Role }> & Repeatable;
type Invited = { readonly outcome: string; readonly invitation_id: string };
type Names = { readonly tenant_name: string; readonly inviter_name: string | null };

type SentInvitation = Omit<NewInvitation, 'idempotencyKey'> & Readonly<{ id: string; token: string; expiresAt: Date }>;

/** What lets somebody answer without having confirmed the address stands in the mail alone. */
const mailInvitation = async (
  { tx, inviter, portalUrl }: Readonly<{ tx: Prisma.TransactionClient; inviter: string; portalUrl: string }>,
  { tenantId, id, email, role, token, expiresAt }: SentInvitation,
): Promise<void> => {
  const [names] = await tx.$queryRaw<Names[]>`
    select n.name as tenant_name, (select m.name from tenant_members m where m.user_id = ${inviter}) as inviter_name
    from tenants n where n.id = ${tenantId}::uuid`;
  await enqueueMail(tx, {
    kind: 'invitation',
    to: email,
    tenantName: names?.tenant_name ?? '',
    inviterName: names?.inviter_name ?? 'Somebody',
    role,
    url: `${portalUrl}/accept-invitation/${tenantNodeId('Invitation', { tenantId, id })}#token=${token}`,
    expiresAt: expiresAt.toISOString(),
  });
};

/**
 * Invites an address. An open invitation of it ends: the new one counts.
 *
 * @returns the invitation's id
 */
export const inviteMember = async (context: ApiContext, invitation: NewInvitation): Promise<string> => {
  const { tenantId, role, idempotencyKey } = invitation;
  const email = checkEmail(invitation.email);
  const once = {
    tenantId,
    permission: 'member.invite',
    operation: 'inviteMember',
    key: idempotencyKey ?? null,
    request: { email, role },
  } as const;
  return changeOnce(context, once, async (tx, principal) => {
    requireRank(principal, { tenantId, role });
    const inviter = inviterOf(principal);
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const expiresAt = new Date(Date.now() + OPEN_MS);
    const [invited] = await tx.$queryRaw<Invited[]>`
      select outcome, invitation_id from invite_member(${email}, ${role}, ${inviter}, ${hashToken(token)}, ${expiresAt})`;
    if (invited?.outcome !== 'invited') return refuseInvitation(invited?.outcome);
    const id = invited.invitation_id;
    const portalUrl = context.services.publicPortalUrl;
    await mailInvitation({ tx, inviter, portalUrl }, { tenantId, id, email, role, token, expiresAt });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'invitation.create',
      target: `invitation:${id}`,
      details: { before: null, after: { email, role, expiresAt } },
    });
    return id;
  });
};

/** Takes an open invitation back. */
export const revokeInvitation = (context: ApiContext, { tenantId, id }: InvitationKey): Promise<void> =>
  context.change(tenantId, 'member.invite', async (tx, principal) => {
    const own = roleIn(principal, tenantId) ?? 'viewer';
    const [answered] = await tx.$queryRaw<{ outcome: string }[]>`select revoke_invitation(${id}, ${own}) as outcome`;
    if (answered?.outcome === 'settled') {
      throw new PlatformError({ code: 'IA_API_CONFLICT', message: 'The invitation is not open any more.' });
    }
    if (answered?.outcome === 'above') {
      throw new PlatformError({ code: 'IA_API_FORBIDDEN', message: 'The invitation stands above your own role.' });
    }
    if (answered?.outcome !== 'revoked') throw notFound();
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'invitation.revoke',
      target: `invitation:${id}`,
      details: { before: { status: 'pending' }, after: { status: 'revoked' } },
    });
  });

export type InvitationAnswer = InvitationKey & Readonly<{ token: string | null; accepts: boolean }>;

const requirePerson = ({ viewer }: ApiContext): UserPrincipal => {
  const { principal } = viewer;
  if (principal === null) throw unauthenticated();
  if (principal.kind === 'user') return principal;
  throw new PlatformError({ code: 'IA_API_FORBIDDEN', message: 'Invitations are for people, not for tokens.' });
};

/**
 * Answers an invitation of the signed-in person's own address: one that is confirmed, or with the token of the mail, which
 * confirms it. They are no member yet, so this does not go through their session.
 */
export const answerInvitation = async (context: ApiContext, answer: InvitationAnswer): Promise<void> => {
  const { tenantId, id, token, accepts } = answer;
  const principal = requirePerson(context);
  const { services, origin } = context;
  const tokenHash = token === null ? null : hashToken(token);
  // An operation holds one connection at a time.
  await context.session.close();
  await refusingValues(() =>
    withTenant(
      services.database,
      tenantId,
      async (tx) => {
        const [answered] = await tx.$queryRaw<{ outcome: string; role: Role | null }[]>`
          select outcome, role from answer_invitation(${id}, ${principal.userId}, ${tokenHash}, ${accepts})`;
        if (answered?.outcome === 'unverified') {
          throw new PlatformError({
            code: 'IA_API_FORBIDDEN',
            message: 'Your e-mail address is not confirmed.',
            hint: 'Open the link in the mail that invited you, or confirm your address first.',
          });
        }
        if (answered?.outcome !== 'accepted' && answered?.outcome !== 'declined') throw notFound();
        await appendAudit(tx, {
          tenantId,
          actor: auditActor(principal),
          action: accepts ? 'invitation.accept' : 'invitation.decline',
          target: `invitation:${id}`,
          details: accepts ? { before: null, after: { member: principal.userId, role: answered.role } } : {},
        });
      },
      { origin },
    ),
  );
  services.principals.forget();
  await context.refreshPrincipal();
};
