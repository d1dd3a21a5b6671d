import { type ApprovalRow, approvalCursorKey, listTenantApprovals } from '../../approvals/approval-rows.ts';
import { viewerCanDecide } from '../../approvals/approval-voter.ts';
import { votesOf } from '../../approvals/approval-votes.ts';
import { notFound } from '../../access.ts';
import { tenantNodeId } from '../../global-id.ts';
import { parsePage, toConnection } from '../../page.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { ApprovalDecisionEnum, ApprovalStatusEnum } from '../enums.ts';
import { ApprovalRef, ApprovalVoteRef, RunRef, TenantRef } from '../refs.ts';

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** `stepId#iteration/index` */
const placeOf = ({ key }: ApprovalRow): { readonly iteration: string | null; readonly index: string | null } => {
  const [iteration = '', index = ''] = key.slice(key.indexOf('#') + 1).split('/');
  return { iteration: iteration === '' ? null : iteration, index: index === '' ? null : index };
};

ApprovalRef.implement({
  description: 'A decision of people that a run waits for, or waited for.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ resolve: (approval) => tenantNodeId('Approval', approval) }),
    run: t.field({
      type: RunRef,
      resolve: async ({ tenantId, runId }, _args, { loaders }) => {
        const run = await loaders.runs.load({ tenantId, id: runId });
        if (run === null) throw notFound();
        return run;
      },
    }),
    stepId: t.exposeString('stepId'),
    key: t.exposeString('key', { description: 'The activity that asks: `stepId#iteration/index`.' }),
    iteration: t.string({ nullable: true, resolve: (approval) => placeOf(approval).iteration }),
    index: t.string({ nullable: true, resolve: (approval) => placeOf(approval).index }),
    status: t.expose('status', { type: ApprovalStatusEnum }),
    title: t.string({ nullable: true, resolve: ({ request }) => textOrNull(request['title']) }),
    description: t.string({ nullable: true, resolve: ({ request }) => textOrNull(request['description']) }),
    form: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The JSON Schema of the `values` that an approval takes.',
      resolve: ({ request }) => request['form'] ?? null,
    }),
    request: t.field({ type: 'JSON', description: 'All that the step asks with.', resolve: ({ request }) => request }),
    assignees: t.stringList({
      description: 'Who may decide: e-mail addresses, `user:<id>`, `role:<role>`. Empty: whoever has the permission.',
      resolve: ({ assignees }) => [...assignees],
    }),
    quorum: t.int({
      description: 'How many have to approve.',
      resolve: ({ request }) => (typeof request['quorum'] === 'number' ? request['quorum'] : 1),
    }),
    requestedAt: t.expose('requestedAt', { type: 'DateTime' }),
    deadlineAt: t.expose('deadlineAt', { type: 'DateTime', nullable: true }),
    decidedAt: t.expose('decidedAt', { type: 'DateTime', nullable: true }),
    votes: t.field({
      type: [ApprovalVoteRef],
      description: 'The decisions that count.',
      resolve: async ({ tenantId, runId, key }, _args, { loaders }) =>
        votesOf(await loaders.approvalEventsOfRuns.load({ tenantId, id: runId, args: null }), key),
    }),
    viewerCanDecide: t.boolean({
      description: 'Whether a decision of the viewer would count now.',
      resolve: (approval, _args, context) => viewerCanDecide(context, approval),
    }),
  }),
});

ApprovalVoteRef.implement({
  fields: (t) => ({
    decision: t.expose('decision', { type: ApprovalDecisionEnum }),
    by: t.exposeString('by', { description: 'The id of the user.' }),
    email: t.exposeString('email', { nullable: true }),
    at: t.field({ type: 'DateTime', resolve: ({ at }) => new Date(at) }),
    values: t.field({ type: 'JSON', nullable: true, resolve: ({ values }) => values }),
    comment: t.exposeString('comment', { nullable: true }),
  }),
});

builder.objectField(TenantRef, 'approvals', (t) =>
  t.connection({
    type: ApprovalRef,
    description: 'The latest request first.',
    args: { status: t.arg({ type: [ApprovalStatusEnum], required: false }) },
    complexity: connectionCost,
    resolve: async ({ id: tenantId }, args, { session }) => {
      const page = parsePage('approvals', args, 3);
      const status = args.status ?? null;
      const rows = await session.read(tenantId, 'approval.read', (client) =>
        listTenantApprovals(client, { tenantId, status, page }),
      );
      return toConnection(page, rows, approvalCursorKey);
    },
  }),
);

builder.objectField(RunRef, 'approvals', (t) =>
  t.connection({
    type: ApprovalRef,
    description: 'The latest request first.',
    args: { status: t.arg({ type: [ApprovalStatusEnum], required: false }) },
    complexity: connectionCost,
    resolve: async ({ tenantId, id }, args, { loaders }) => {
      const page = parsePage('approvals', args, 3);
      const rows = await loaders.approvalsOfRuns.load({ tenantId, id, args: { status: args.status ?? null, page } });
      return toConnection(page, rows, approvalCursorKey);
    },
  }),
);
