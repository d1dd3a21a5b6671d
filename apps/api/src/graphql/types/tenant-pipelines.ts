import { parsePage, toConnection } from '../../page.ts';
import {
  countPipelines,
  listPipelines,
  type PipelineOrder,
  pipelineKey,
  pipelineKeyLength,
} from '../../pipelines/list-pipelines.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { PipelineRef, TenantRef } from '../refs.ts';
import { OrderDirectionEnum, totalCount } from './list-order.ts';

const PipelineOrderFieldEnum = builder.enumType('PipelineOrderField', {
  description: 'By what pipelines are ordered.',
  values: {
    NAME: { value: 'name', description: 'By name.' },
    CREATED_AT: { value: 'createdAt', description: 'By when they were made.' },
    UPDATED_AT: { value: 'updatedAt', description: 'By when they were saved last.' },
  } as const,
});

const PipelineOrderInput = builder.inputType('PipelineOrder', {
  description: 'An order of pipelines.',
  fields: (t) => ({
    field: t.field({ type: PipelineOrderFieldEnum, required: true, description: 'By what.' }),
    direction: t.field({ type: OrderDirectionEnum, required: true, description: 'In which direction.' }),
  }),
});

const BY_NAME: PipelineOrder = { field: 'name', direction: 'asc' };

builder.objectField(TenantRef, 'pipelines', (t) =>
  t.connection(
    {
      type: PipelineRef,
      description: 'Its pipelines, by name unless another order is asked for.',
      args: {
        search: t.arg.string({ description: 'Only those with this in their names, whatever the case.' }),
        includeArchived: t.arg.boolean({ description: 'Those in the archive too. Default: false.' }),
        isArchived: t.arg.boolean({ description: 'Only those in the archive, or only those that are not.' }),
        orderBy: t.arg({ type: PipelineOrderInput, description: 'Default: NAME, ASC.' }),
      },
      complexity: connectionCost,
      resolve: async ({ id: tenantId }, args, { session }) => {
        const order = args.orderBy ?? BY_NAME;
        const page = parsePage(`pipelines by ${order.field}`, args, pipelineKeyLength(order.field), tenantId);
        const isArchived = args.isArchived ?? (args.includeArchived === true ? null : false);
        const filter = { search: args.search ?? null, isArchived };
        const rows = await session.read(tenantId, 'pipeline.read', (client) =>
          listPipelines(client, { tenantId, filter, order, page }),
        );
        const count = (max: number) =>
          session.read(tenantId, 'pipeline.read', (client) => countPipelines(client, { tenantId, filter, max }));
        return { ...toConnection(page, rows, pipelineKey(order.field)), count };
      },
    },
    { fields: (connection) => ({ totalCount: totalCount(connection) }) },
  ),
);
