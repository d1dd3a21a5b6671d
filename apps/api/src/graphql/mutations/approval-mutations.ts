import { requireTenantNodeId } from '../../access.ts';
import type { ApprovalRow } from '../../approvals/approval-rows.ts';
import { decideApproval } from '../../approvals/decide-approval.ts';
import { builder } from '../builder.ts';
import { ApprovalDecisionEnum } from '../enums.ts';
import { example } from '../example.ts';
import { ApprovalRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';
import { requireObject } from './debug-inputs.ts';

const DecideApprovalInput = builder.inputType('DecideApprovalInput', {
  fields: (t) => ({
    approvalId: t.id({ required: true }),
    decision: t.field({ description: 'For or against.', type: ApprovalDecisionEnum, required: true }),
    values: t.field({ type: 'JSON', description: 'What is filled into the form, with an approval.' }),
    comment: t.string({ description: 'For the log of the run.' }),
  }),
});

const DecideApprovalSuccess = builder
  .objectRef<{ readonly kind: 'DecideApprovalSuccess'; readonly approval: ApprovalRow }>('DecideApprovalSuccess')
  .implement({
    description: 'The vote is stored; it counts when the events of the run say so.',
    fields: (t) => ({
      approval: t.expose('approval', {
        description: 'The approval, as it stands before the run has counted the vote.',
        type: ApprovalRef,
      }),
    }),
  });

builder.mutationField('decideApproval', (t) =>
  t.field({
    type: resultUnion('DecideApprovalResult', DecideApprovalSuccess),
    description: example(
      'Votes on an approval in the viewer’s name; an API token in the name of the member who made it.',
      'mutation { decideApproval(input: {approvalId: "<approval>", decision: APPROVE, comment: "Fine"}) { __typename } }',
    ),
    args: { input: t.arg({ type: DecideApprovalInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'DecideApprovalSuccess' as const,
        approval: await decideApproval(context, {
          ...requireTenantNodeId(context.viewer.principal, 'Approval', input.approvalId),
          decision: input.decision,
          values: input.values === undefined || input.values === null ? null : requireObject('values', input.values),
          comment: input.comment ?? null,
        }),
      })),
  }),
);
