import { can, type Principal, roleIn, type UserPrincipal } from '@ia-modules/database';
import { type ApprovalDecision, refusalOf, type VoteRefusal } from '@ia-modules/engine';
import type { ApiContext } from '../context.ts';
import type { ApprovalRow } from './approval-rows.ts';
import { votesOf } from './approval-votes.ts';

/** Who votes: a token in the name of the person who made it. */
export type Voter = Pick<ApprovalDecision, 'by' | 'email' | 'roles'>;

export const userIdOf = (principal: Principal): string =>
  principal.kind === 'user' ? principal.userId : principal.createdBy;

const emailOf = async (context: ApiContext, tenantId: string, userId: string): Promise<string | undefined> =>
  (await context.loaders.memberEmails.load({ tenantId, id: userId }))?.email;

/** Anybody may sign up with any address: one that is not confirmed names nobody. */
const emailOfPerson = ({ email, isEmailVerified }: UserPrincipal): string | undefined =>
  isEmailVerified ? email : undefined;

/** @param principal one who belongs to the tenant */
export const voterOf = async (context: ApiContext, tenantId: string, principal: Principal): Promise<Voter> => {
  const by = userIdOf(principal);
  const email = principal.kind === 'user' ? emailOfPerson(principal) : await emailOf(context, tenantId, by);
  const role = roleIn(principal, tenantId);
  return { by, ...(email === undefined ? {} : { email }), roles: role === undefined ? [] : [role] };
};

/** How the assignees of an approval may name the viewer, in lower case. */
export const assigneeNamesOf = async (context: ApiContext, tenantId: string): Promise<readonly string[]> => {
  const { principal } = context.viewer;
  if (principal === null || roleIn(principal, tenantId) === undefined) return [];
  const { by, email, roles } = await voterOf(context, tenantId, principal);
  const names = [
    by,
    `user:${by}`,
    ...(email === undefined ? [] : [email, `user:${email}`]),
    ...roles.map((role) => `role:${role}`),
  ];
  return names.map((name) => name.toLowerCase());
};

/** Says why a vote would not count; undefined when it would. */
export const findRefusal = async (
  context: ApiContext,
  { tenantId, runId, key, request, assignees }: ApprovalRow,
  vote: ApprovalDecision,
): Promise<VoteRefusal | undefined> => {
  const run = { tenantId, id: runId };
  const [events, line] = await Promise.all([
    context.loaders.approvalEventsOfRuns.load({ ...run, args: null }),
    context.loaders.startersOfRuns.load(run),
  ]);
  const startedBy = line?.starters.includes(vote.by) === true ? vote.by : null;
  return refusalOf({ request, assignees, votes: votesOf(events, key), startedBy }, vote);
};

/** Whether a decision of the viewer would count now. */
export const viewerCanDecide = async (context: ApiContext, approval: ApprovalRow): Promise<boolean> => {
  const { principal } = context.viewer;
  const { tenantId } = approval;
  if (approval.status !== 'open' || principal === null || !can(principal, tenantId, 'approval.decide')) return false;
  const voter = await voterOf(context, tenantId, principal);
  return (await findRefusal(context, approval, { ...voter, decision: 'reject' })) === undefined;
};
