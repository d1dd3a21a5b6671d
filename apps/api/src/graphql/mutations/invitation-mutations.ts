import { notFound, requireTenantId, requireTenantNodeId } from '../../access.ts';
import type { ApiContext } from '../../context.ts';
import { IDEMPOTENCY_KEY } from '../../idempotency.ts';
import type { InvitationRow } from '../../people/invitation-rows.ts';
import { answerInvitation, inviteMember, revokeInvitation } from '../../people/invitations.ts';
import type { TenantRow } from '../../tenants/tenant-rows.ts';
import { builder } from '../builder.ts';
import { TenantRoleEnum } from '../enums.ts';
import { example } from '../example.ts';
import { InvitationRef, TenantRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';
import { loadTenant } from '../types/tenant-lookup.ts';

type InvitationKey = Readonly<{ tenantId: string; id: string }>;

const loadInvitation = async (context: ApiContext, key: InvitationKey): Promise<InvitationRow> => {
  const invitation = await context.loaders.invitations.load(key);
  if (invitation === null) throw notFound();
  return invitation;
};

const invitationSuccess = <Kind extends string>(kind: Kind, description: string) =>
  builder.objectRef<{ readonly kind: Kind; readonly invitation: InvitationRow }>(kind).implement({
    description,
    fields: (t) => ({
      invitation: t.field({
        type: InvitationRef,
        description: 'As it is now.',
        resolve: ({ invitation }) => invitation,
      }),
    }),
  });

const InviteMemberInput = builder.inputType('InviteMemberInput', {
  description: 'Whom to ask to join.',
  fields: (t) => ({
    tenantId: t.id({ required: true, description: 'Which tenant.' }),
    email: t.string({ required: true, description: 'The address that gets the mail and alone can accept.' }),
    role: t.field({
      type: TenantRoleEnum,
      required: true,
      description: "What they will be: never above the inviter's own role.",
    }),
    idempotencyKey: t.string({ description: IDEMPOTENCY_KEY }),
  }),
});

builder.mutationField('inviteMember', (t) =>
  t.field({
    type: resultUnion('InviteMemberResult', invitationSuccess('InviteMemberSuccess', 'The mail is on its way.')),
    description: example(
      'Asks an address to join, by mail, for a week. An earlier open invitation of the address ends.',
      `mutation { inviteMember(input: {tenantId: "<tenant>", email: "new@example.com", role: developer}) {
  __typename ... on InviteMemberSuccess { invitation { id status expiresAt } } } }`,
    ),
    args: { input: t.arg({ type: InviteMemberInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        const id = await inviteMember(context, { ...input, tenantId });
        return { kind: 'InviteMemberSuccess' as const, invitation: await loadInvitation(context, { tenantId, id }) };
      }),
  }),
);

const RevokeInvitationInput = builder.inputType('RevokeInvitationInput', {
  description: 'An invitation.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Which invitation.' }) }),
});

builder.mutationField('revokeInvitation', (t) =>
  t.field({
    type: resultUnion('RevokeInvitationResult', invitationSuccess('RevokeInvitationSuccess', 'It is taken back.')),
    description: example(
      'Takes an open invitation back.',
      `mutation { revokeInvitation(input: {id: "<invitation>"}) {
  __typename ... on RevokeInvitationSuccess { invitation { status } } } }`,
    ),
    args: { input: t.arg({ type: RevokeInvitationInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const key = requireTenantNodeId(context.viewer.principal, 'Invitation', input.id);
        await revokeInvitation(context, key);
        return { kind: 'RevokeInvitationSuccess' as const, invitation: await loadInvitation(context, key) };
      }),
  }),
);

const AnswerInvitationInput = builder.inputType('AnswerInvitationInput', {
  description: 'An invitation of the viewer, and what shows that the address is theirs.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which invitation.' }),
    token: t.string({
      description:
        "What stands in the mail behind `#token=`. Not needed once the viewer's address is confirmed; it confirms it.",
    }),
  }),
});

const AcceptInvitationSuccess = builder
  .objectRef<{ readonly kind: 'AcceptInvitationSuccess'; readonly tenant: TenantRow }>('AcceptInvitationSuccess')
  .implement({
    description: 'The viewer is a member.',
    fields: (t) => ({ tenant: t.expose('tenant', { type: TenantRef, description: 'Of which tenant.' }) }),
  });

builder.mutationField('acceptInvitation', (t) =>
  t.field({
    type: resultUnion('AcceptInvitationResult', AcceptInvitationSuccess),
    description: example(
      "Joins a tenant that has invited the viewer's address. Invitations of other addresses are not there.",
      `mutation { acceptInvitation(input: {id: "<ownInvitation>"}) {
  __typename ... on AcceptInvitationSuccess { tenant { viewerRole } } } }`,
    ),
    args: { input: t.arg({ type: AnswerInvitationInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const key = requireTenantNodeId(context.viewer.principal, 'Invitation', input.id);
        await answerInvitation(context, { ...key, token: input.token ?? null, accepts: true });
        return { kind: 'AcceptInvitationSuccess' as const, tenant: await loadTenant(key.tenantId, context) };
      }),
  }),
);

const DeclineInvitationSuccess = builder
  .objectRef<{ readonly kind: 'DeclineInvitationSuccess'; readonly invitationId: string }>('DeclineInvitationSuccess')
  .implement({
    description: 'The invitation is declined.',
    fields: (t) => ({ invitationId: t.exposeID('invitationId', { description: 'Which one.' }) }),
  });

builder.mutationField('declineInvitation', (t) =>
  t.field({
    type: resultUnion('DeclineInvitationResult', DeclineInvitationSuccess),
    description: example(
      "Declines an invitation of the viewer's address.",
      'mutation { declineInvitation(input: {id: "<ownInvitation>"}) { __typename } }',
    ),
    args: { input: t.arg({ type: AnswerInvitationInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const key = requireTenantNodeId(context.viewer.principal, 'Invitation', input.id);
        await answerInvitation(context, { ...key, token: input.token ?? null, accepts: false });
        return { kind: 'DeclineInvitationSuccess' as const, invitationId: input.id };
      }),
  }),
);
