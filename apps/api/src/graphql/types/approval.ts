import { type ApprovalRow, approvalCursorKey } from '../../approvals/approval-rows.ts';
import { viewerCanDecide } from '../../approvals/approval-voter.ts';
import { votesOf } from '../../approvals/approval-votes.ts';
import { notFound } from '../../access.ts';
import { tenantNodeId } from '../../global-id.ts';
import { parsePage, toConnection } from '../../page.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { ApprovalDecisionEnum, ApprovalStatusEnum } from '../enums.ts';
import { ApprovalRef, ApprovalVoteRef, RunRef } from '../refs.ts';

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
    stepId: t.exposeString('stepId', { description: 'The step that asks.' }),
    key: t.exposeString('key', { description: 'The activity that asks: `stepId#iteration/index`.' }),
    iteration: t.string({
      description: 'Of a step in loops: which iteration asks, such as `2.1`. Null otherwise.',
      nullable: true,
      resolve: (approval) => placeOf(approval).iteration,
    }),
    index: t.string({
      description: 'Of a mapped step: which item asks, dotted when nested. Null otherwise.',
      nullable: true,
      resolve: (approval) => placeOf(approval).index,
    }),
    status: t.expose('status', { description: 'Whether it is open, and how it ended.', type: ApprovalStatusEnum }),
    title: t.string({
      description: 'What is asked, in one line.',
      nullable: true,
      resolve: ({ request }) => textOrNull(request['title']),
    }),
    description: t.string({
      description: 'What the step says about the question.',
      nullable: true,
      resolve: ({ request }) => textOrNull(request['description']),
    }),
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
    requestedAt: t.expose('requestedAt', { description: 'When it was asked for.', type: 'DateTime' }),
    deadlineAt: t.expose('deadlineAt', {
      description: 'When it expires; null when it waits for ever.',
      type: 'DateTime',
      nullable: true,
    }),
    decidedAt: t.expose('decidedAt', {
      description: 'When it was decided, expired or was canceled; null while it is open.',
      type: 'DateTime',
      nullable: true,
    }),
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
  description: 'What one person decided.',
  fields: (t) => ({
    decision: t.expose('decision', { description: 'For or against.', type: ApprovalDecisionEnum }),
    by: t.exposeString('by', { description: 'The id of the user.' }),
    email: t.exposeString('email', {
      description: 'The e-mail address of the user; null for one who is no member any more.',
      nullable: true,
    }),
    at: t.field({ description: 'When it was decided.', type: 'DateTime', resolve: ({ at }) => new Date(at) }),
    values: t.field({
      description: 'What was filled into the form.',
      type: 'JSON',
      nullable: true,
      resolve: ({ values }) => values,
    }),
    comment: t.exposeString('comment', { description: 'What the person said with it.', nullable: true }),
  }),
});

builder.objectField(RunRef, 'approvals', (t) =>
  t.connection({
    type: ApprovalRef,
    description: 'The latest request first.',
    args: {
      status: t.arg({
        description: 'Only approvals with one of these statuses.',
        type: [ApprovalStatusEnum],
        required: false,
      }),
    },
    complexity: connectionCost,
    resolve: async ({ tenantId, id }, args, { loaders }) => {
      const page = parsePage('approvals', args, 3, tenantId);
      const rows = await loaders.approvalsOfRuns.load({ tenantId, id, args: { status: args.status ?? null, page } });
      return toConnection(page, rows, approvalCursorKey);
    },
  }),
);
