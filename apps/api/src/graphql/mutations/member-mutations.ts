import { notFound, requireTenantId, requireTenantNodeId } from '../../access.ts';
import type { ApiContext } from '../../context.ts';
import { tenantGlobalId } from '../../global-id.ts';
import { changeMemberRole, leaveTenant, removeMember } from '../../people/change-members.ts';
import type { MemberRow } from '../../people/member-rows.ts';
import { revokeSession } from '../../people/sessions.ts';
import { builder } from '../builder.ts';
import { TenantRoleEnum } from '../enums.ts';
import { example } from '../example.ts';
import { MemberRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';

const loadMember = async (context: ApiContext, key: Readonly<{ tenantId: string; id: string }>): Promise<MemberRow> => {
  const member = await context.loaders.members.load(key);
  if (member === null) throw notFound();
  return member;
};

const ChangeMemberRoleInput = builder.inputType('ChangeMemberRoleInput', {
  description: 'A member and a role.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which member, by `Member.id`.' }),
    role: t.field({ type: TenantRoleEnum, required: true, description: 'What they are from now on.' }),
  }),
});

const ChangeMemberRoleSuccess = builder
  .objectRef<{ readonly kind: 'ChangeMemberRoleSuccess'; readonly member: MemberRow }>('ChangeMemberRoleSuccess')
  .implement({
    description: 'The member has the role.',
    fields: (t) => ({ member: t.expose('member', { type: MemberRef, description: 'As they are now.' }) }),
  });

builder.mutationField('changeMemberRole', (t) =>
  t.field({
    type: resultUnion('ChangeMemberRoleResult', ChangeMemberRoleSuccess),
    description: example(
      'Gives a member another role. Nobody raises anyone above themselves, and the last owner stays one.',
      `mutation { changeMemberRole(input: {id: "<memberNode>", role: operator}) {
  __typename ... on ChangeMemberRoleSuccess { member { role user { email } } } } }`,
    ),
    args: { input: t.arg({ type: ChangeMemberRoleInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const key = requireTenantNodeId(context.viewer.principal, 'Member', input.id);
        await changeMemberRole(context, { ...key, role: input.role });
        return { kind: 'ChangeMemberRoleSuccess' as const, member: await loadMember(context, key) };
      }),
  }),
);

const RemoveMemberInput = builder.inputType('RemoveMemberInput', {
  description: 'A member.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Which member, by `Member.id`.' }) }),
});

const RemoveMemberSuccess = builder
  .objectRef<{ readonly kind: 'RemoveMemberSuccess'; readonly memberId: string }>('RemoveMemberSuccess')
  .implement({
    description: 'They are no member any more.',
    fields: (t) => ({ memberId: t.exposeID('memberId', { description: 'Who was one.' }) }),
  });

builder.mutationField('removeMember', (t) =>
  t.field({
    type: resultUnion('RemoveMemberResult', RemoveMemberSuccess),
    description: example(
      'Removes a member. Their API tokens end, and their open sockets lose the tenant, within 5 seconds.',
      'mutation { removeMember(input: {id: "<memberNode>"}) { __typename ... on RemoveMemberSuccess { memberId } } }',
    ),
    args: { input: t.arg({ type: RemoveMemberInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        await removeMember(context, requireTenantNodeId(context.viewer.principal, 'Member', input.id));
        return { kind: 'RemoveMemberSuccess' as const, memberId: input.id };
      }),
  }),
);

const LeaveTenantInput = builder.inputType('LeaveTenantInput', {
  description: 'A tenant.',
  fields: (t) => ({ tenantId: t.id({ required: true, description: 'Which tenant.' }) }),
});

const LeaveTenantSuccess = builder
  .objectRef<{ readonly kind: 'LeaveTenantSuccess'; readonly tenantId: string }>('LeaveTenantSuccess')
  .implement({
    description: 'The viewer is no member any more.',
    fields: (t) => ({ tenantId: t.exposeID('tenantId', { description: 'Of which tenant.' }) }),
  });

builder.mutationField('leaveTenant', (t) =>
  t.field({
    type: resultUnion('LeaveTenantResult', LeaveTenantSuccess),
    description: example(
      'Takes the viewer out of a tenant. Its last owner stays.',
      '# answers: Conflict\nmutation { leaveTenant(input: {tenantId: "<tenant>"}) { __typename ... on Error { hint } } }',
    ),
    args: { input: t.arg({ type: LeaveTenantInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        await leaveTenant(context, tenantId);
        return { kind: 'LeaveTenantSuccess' as const, tenantId: tenantGlobalId(tenantId) };
      }),
  }),
);

const RevokeSessionInput = builder.inputType('RevokeSessionInput', {
  description: 'A session.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Which session, by `Session.id`.' }) }),
});

const RevokeSessionSuccess = builder
  .objectRef<{ readonly kind: 'RevokeSessionSuccess'; readonly sessionId: string }>('RevokeSessionSuccess')
  .implement({
    description: 'The session has ended.',
    fields: (t) => ({ sessionId: t.exposeID('sessionId', { description: 'Which one.' }) }),
  });

builder.mutationField('revokeSession', (t) =>
  t.field({
    type: resultUnion('RevokeSessionResult', RevokeSessionSuccess),
    description: example(
      'Signs the viewer out somewhere else. What is open there is closed within 5 seconds.',
      'mutation { revokeSession(input: {id: "<session>"}) { __typename ... on RevokeSessionSuccess { sessionId } } }',
    ),
    args: { input: t.arg({ type: RevokeSessionInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        await revokeSession(context, input.id);
        return { kind: 'RevokeSessionSuccess' as const, sessionId: input.id };
      }),
  }),
);
