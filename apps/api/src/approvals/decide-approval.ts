import type { Prisma, Principal } from '@ia-modules/database';
import type { ApprovalDecision, JsonObject, VoteRefusal } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { notFound, requireAccess } from '../access.ts';
import { checkHandedText, checkHandedValue } from '../bounded-value.ts';
import type { ApiContext } from '../context.ts';
import type { TenantKey } from '../loaders.ts';
import { findLiveRun, insertCommand } from '../runs/send-command.ts';
import type { ApprovalRow, ApprovalStatus } from './approval-rows.ts';
import { findRefusal, voterOf } from './approval-voter.ts';

const MAX_COMMENT_LENGTH = 4_000;

export type DecideApprovalRequest = TenantKey & {
  readonly decision: ApprovalDecision['decision'];
  readonly values: JsonObject | null;
  readonly comment: string | null;
};

const closed = (status: ApprovalStatus): PlatformError =>
  new PlatformError({ code: 'IA_APPROVAL_CLOSED', message: `The approval is ${status}: nobody is asked any more.` });

const votedAlready = (): PlatformError =>
  new PlatformError({ code: 'IA_APPROVAL_VOTED', message: 'You have decided this approval already.' });

const REFUSALS: Readonly<Record<VoteRefusal, () => PlatformError>> = {
  not_assignee: () =>
    new PlatformError({
      code: 'IA_APPROVAL_NOT_ASSIGNEE',
      message: 'This approval asks other people.',
      hint: '`Approval.assignees` names them.',
    }),
  self_approval: () =>
    new PlatformError({
      code: 'IA_APPROVAL_SELF',
      message: 'Who started the run may not decide this approval.',
      hint: 'Ask another assignee.',
    }),
  voted_already: votedAlready,
  form_invalid: () =>
    new PlatformError({
      code: 'IA_APPROVAL_FORM',
      message: '`values` does not fit the form of the approval.',
      hint: '`Approval.form` is its JSON Schema.',
    }),
};

const checkRequest = ({ decision, values, comment }: DecideApprovalRequest): void => {
  checkHandedValue('values', values);
  if (comment !== null) checkHandedText('comment', comment, MAX_COMMENT_LENGTH);
  if (decision === 'approve' || values === null) return;
  throw new PlatformError({ code: 'IA_API_INVALID', message: 'A rejection has no `values`.' });
};

const loadApproval = async ({ loaders }: ApiContext, key: TenantKey): Promise<ApprovalRow> => {
  const approval = await loaders.approvals.load(key);
  if (approval === null) throw notFound();
  return approval;
};

type Asked = { readonly key: string; readonly by: string; readonly decision: string };

/** What the same person said while the worker had not heard it yet. */
const findAsked = async (
  tx: Prisma.TransactionClient,
  { tenantId, runId, key }: ApprovalRow,
  by: string,
): Promise<Asked | undefined> => {
  const rows = await tx.runCommand.findMany({
    where: { tenantId, runId, kind: 'decide_approval', consumedAt: null },
    select: { payload: true },
  });
  return rows.map(({ payload }) => payload as Asked).find((asked) => asked.key === key && asked.by === by);
};

const store = async (
  tx: Prisma.TransactionClient,
  principal: Principal,
  { approval, vote }: Readonly<{ approval: ApprovalRow; vote: ApprovalDecision }>,
): Promise<void> => {
  const { tenantId, runId: id, key } = approval;
  await findLiveRun(tx, { tenantId, id });
  const current = await tx.approval.findUnique({ where: { runId_key: { runId: id, key } }, select: { status: true } });
  if (current?.status !== 'open') throw closed((current?.status ?? 'canceled') as ApprovalStatus);
  const asked = await findAsked(tx, approval, vote.by);
  if (asked?.decision === vote.decision) return;
  if (asked !== undefined) throw votedAlready();
  await insertCommand(tx, principal, {
    tenantId,
    id,
    command: { kind: 'decide_approval', payload: { key, ...vote } },
    action: 'approval.decide',
    details: { key, decision: vote.decision },
  });
};

/**
 * Votes in the viewer's name. What the run would not count is refused at once; sending the same vote twice is no error.
 * @throws PlatformError IA_APPROVAL_CLOSED, IA_APPROVAL_NOT_ASSIGNEE, IA_APPROVAL_SELF, IA_APPROVAL_VOTED or IA_APPROVAL_FORM
 */
export const decideApproval = async (context: ApiContext, request: DecideApprovalRequest): Promise<ApprovalRow> => {
  checkRequest(request);
  const { tenantId, id, decision, values, comment } = request;
  requireAccess(context.viewer.principal, tenantId, 'approval.read');
  requireAccess(context.viewer.principal, tenantId, 'run.read');
  const principal = requireAccess(context.viewer.principal, tenantId, 'approval.decide');
  const approval = await loadApproval(context, { tenantId, id });
  if (approval.status !== 'open') throw closed(approval.status);
  const vote: ApprovalDecision = {
    ...(await voterOf(context, tenantId, principal)),
    decision,
    ...(values === null ? {} : { values }),
    ...(comment === null ? {} : { comment }),
  };
  const refusal = await findRefusal(context, approval, vote);
  if (refusal !== undefined) throw REFUSALS[refusal]();
  await context.change(tenantId, 'approval.decide', (tx, actor) => store(tx, actor, { approval, vote }));
  return loadApproval(context, { tenantId, id });
};
