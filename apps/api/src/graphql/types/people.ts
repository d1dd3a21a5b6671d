import { tenantNodeId } from '../../global-id.ts';
import { parsePage, toConnection } from '../../page.ts';
import { findUserInvitations, INVITATION_STATUSES, listInvitations } from '../../people/invitation-rows.ts';
import { listMembers } from '../../people/member-rows.ts';
import { listSessions } from '../../people/sessions.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { TenantRoleEnum } from '../enums.ts';
import { InvitationRef, MemberRef, SessionRef, TenantRef, UserRef, ViewerRef } from '../refs.ts';

const MAX_OWN = 100;

const InvitationStatusEnum = builder.enumType('InvitationStatus', {
  description: 'What became of an invitation.',
  values: {
    pending: { value: 'pending', description: 'Nobody has answered it.' },
    accepted: { value: 'accepted', description: 'Whom it is for is a member, or was one.' },
    declined: { value: 'declined', description: 'Whom it is for does not want it.' },
    revoked: { value: 'revoked', description: 'It was taken back, or a newer one took its place.' },
    expired: { value: 'expired', description: 'Nobody answered it in time.' },
  } as const satisfies Record<(typeof INVITATION_STATUSES)[number], object>,
});

MemberRef.implement({
  description: 'A person in a tenant.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({
      description: 'Its global id; `user.id` is the same in every tenant.',
      resolve: ({ tenantId, userId }) => tenantNodeId('Member', { tenantId, id: userId }),
    }),
    user: t.field({ type: UserRef, description: 'Who it is.', resolve: (member) => member }),
    role: t.expose('role', { type: TenantRoleEnum, description: 'What they may do here.' }),
    joinedAt: t.field({ type: 'DateTime', description: 'Since when.', resolve: (member) => member.createdAt }),
    isEmailVerified: t.exposeBoolean('isEmailVerified', {
      description:
        'Whether the address is known to be theirs. Otherwise no approval asks them by it, and they get no mail.',
    }),
    hasSecondFactor: t.exposeBoolean('hasSecondFactor', {
      description: 'Whether signing in with the password takes a code as well.',
    }),
  }),
});

InvitationRef.implement({
  description: 'An address that is asked to join a tenant. The invited person answers it.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({
      description: 'Its global id. As a node it is there for those who may invite.',
      resolve: (invitation) => tenantNodeId('Invitation', invitation),
    }),
    email: t.exposeString('email', { description: 'Whom it is for, in lower case.' }),
    role: t.expose('role', { type: TenantRoleEnum, description: 'What they will be.' }),
    status: t.expose('status', { type: InvitationStatusEnum, description: 'What became of it.' }),
    tenantName: t.exposeString('tenantName', { description: 'Where to.' }),
    inviterName: t.exposeString('inviterName', { description: 'Who asks.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was sent.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Until when it can be answered.' }),
  }),
});

SessionRef.implement({
  description: 'A place where a person is signed in: a browser, or a command line.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'For `revokeSession`; it opens nothing.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When they signed in.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it ends, unless it is used until then.' }),
    address: t.exposeString('address', { nullable: true, description: 'From where they signed in.' }),
    userAgent: t.exposeString('userAgent', { nullable: true, description: 'What the browser called itself.' }),
    isCurrent: t.boolean({
      description: 'Whether this very request came through it.',
      resolve: ({ id }, _args, { viewer: { principal } }) => principal?.kind === 'user' && principal.sessionId === id,
    }),
  }),
});

builder.objectField(TenantRef, 'members', (t) =>
  t.connection({
    type: MemberRef,
    description: 'The people in it, by address.',
    complexity: connectionCost,
    resolve: async ({ id: tenantId }, args, { session }) => {
      const page = parsePage('members', args, 2, tenantId);
      const rows = await session.read(tenantId, 'member.read', (client) => listMembers(client, page));
      return toConnection(page, rows, (row) => [row.email, row.userId]);
    },
  }),
);

builder.objectField(TenantRef, 'invitations', (t) =>
  t.connection({
    type: InvitationRef,
    description: 'Who was asked to join, the newest first. For those who may invite.',
    args: {
      status: t.arg({ type: [InvitationStatusEnum], required: false, description: 'Only these; all when left out.' }),
    },
    complexity: connectionCost,
    resolve: async ({ id: tenantId }, args, { session }) => {
      const status = args.status ?? null;
      const page = parsePage('invitations', args, 2, `${tenantId}:${JSON.stringify(status)}`);
      const rows = await session.read(tenantId, 'member.invite', (client) => listInvitations(client, { status, page }));
      return toConnection(page, rows, (row) => [row.createdAt.toISOString(), row.id]);
    },
  }),
);

builder.objectField(ViewerRef, 'invitations', (t) =>
  t.field({
    type: [InvitationRef],
    description: `What the viewer is asked to join, the newest first, up to ${MAX_OWN}. Empty until their address is confirmed.`,
    complexity: { field: 5, multiplier: 10 },
    resolve: (principal, _args, { services }) =>
      principal.kind === 'user' ? findUserInvitations(services.lookups, principal.userId) : [],
  }),
);

builder.objectField(ViewerRef, 'sessions', (t) =>
  t.field({
    type: [SessionRef],
    description: `Where the viewer is signed in, the newest first, up to ${MAX_OWN}. Empty for a token.`,
    complexity: { field: 5, multiplier: 10 },
    resolve: (principal, _args, context) => (principal.kind === 'user' ? listSessions(context, principal) : []),
  }),
);
