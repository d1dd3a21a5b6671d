import { approvalCursorKey, countTenantApprovals, listTenantApprovals } from '../../approvals/approval-rows.ts';
import { assigneeNamesOf } from '../../approvals/approval-voter.ts';
import { parsePage, toConnection } from '../../page.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { ApprovalStatusEnum } from '../enums.ts';
import { ApprovalRef, TenantRef } from '../refs.ts';
import { OrderDirectionEnum, totalCount } from './list-order.ts';

const ApprovalOrderFieldEnum = builder.enumType('ApprovalOrderField', {
  description: 'By what approvals are ordered.',
  values: { REQUESTED_AT: { value: 'requestedAt', description: 'By when they were asked for.' } } as const,
});

const ApprovalOrderInput = builder.inputType('ApprovalOrder', {
  description: 'An order of approvals.',
  fields: (t) => ({
    field: t.field({ type: ApprovalOrderFieldEnum, required: true, description: 'By what.' }),
    direction: t.field({ type: OrderDirectionEnum, required: true, description: 'In which direction.' }),
  }),
});

builder.objectField(TenantRef, 'approvals', (t) =>
  t.connection(
    {
      type: ApprovalRef,
      description: 'What people are asked, the latest request first unless another order is asked for.',
      args: {
        status: t.arg({ type: [ApprovalStatusEnum], description: 'Only approvals with one of these statuses.' }),
        isAssignedToViewer: t.arg.boolean({
          description: 'True: only those that ask the viewer by name, address or role, or everybody. Default: false.',
        }),
        orderBy: t.arg({ type: ApprovalOrderInput, description: 'Default: REQUESTED_AT, DESC.' }),
      },
      complexity: connectionCost,
      resolve: async ({ id: tenantId }, args, context) => {
        const { session } = context;
        const page = parsePage('approvals', args, 3, tenantId);
        const assignees = args.isAssignedToViewer === true ? await assigneeNamesOf(context, tenantId) : null;
        const filter = { status: args.status ?? null, assignees };
        const order = args.orderBy?.direction ?? 'desc';
        const rows = await session.read(tenantId, 'approval.read', (client) =>
          listTenantApprovals(client, { tenantId, filter, order, page }),
        );
        const count = (max: number) =>
          session.read(tenantId, 'approval.read', (client) => countTenantApprovals(client, { tenantId, filter, max }));
        return { ...toConnection(page, rows, approvalCursorKey), count };
      },
    },
    { fields: (connection) => ({ totalCount: totalCount(connection) }) },
  ),
);
