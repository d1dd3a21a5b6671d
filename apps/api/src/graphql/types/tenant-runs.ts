import { filterId } from '../../global-id.ts';
import { parsePage, toConnection } from '../../page.ts';
import { countTenantRuns, listTenantRuns, type RunFilter, type RunTriggerKind } from '../../runs/list-runs.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { RunStatusEnum } from '../enums.ts';
import { RunRef, TenantRef } from '../refs.ts';
import { OrderDirectionEnum, totalCount } from './list-order.ts';

const RunTriggerKindEnum = builder.enumType('RunTriggerKind', {
  description: 'What started a run.',
  values: {
    MANUAL: { value: 'manual', description: 'A person or a program, through the API.' },
    SCHEDULE: { value: 'schedule', description: 'A schedule.' },
    WEBHOOK: { value: 'webhook', description: 'A call of a webhook.' },
    EVENT: { value: 'event', description: 'An event trigger.' },
    PIPELINE: { value: 'pipeline', description: 'A step of another run: it is a sub-pipeline.' },
  } as const satisfies Record<Uppercase<RunTriggerKind>, object>,
});

const RunFilterInput = builder.inputType('RunFilter', {
  description: 'Which runs; what is left out does not matter. All that is given has to hold.',
  fields: (t) => ({
    status: t.field({ type: [RunStatusEnum], description: 'With one of these statuses.' }),
    pipelineId: t.id({ description: 'Of this pipeline.' }),
    trigger: t.field({ type: [RunTriggerKindEnum], description: 'Started by one of these.' }),
    createdBy: t.string({ description: 'Started by this user or token: `Run.createdBy`.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'Made later than this.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Made earlier than this.' }),
    finishedAfter: t.field({ type: 'DateTime', description: 'Ended later than this.' }),
    finishedBefore: t.field({ type: 'DateTime', description: 'Ended earlier than this.' }),
    isTopLevel: t.boolean({ description: 'True: no part of another run. False: a sub-pipeline of one.' }),
  }),
});

const RunOrderFieldEnum = builder.enumType('RunOrderField', {
  description: 'By what runs are ordered.',
  values: { CREATED_AT: { value: 'createdAt', description: 'By when they were made.' } } as const,
});

const RunOrderInput = builder.inputType('RunOrder', {
  description: 'An order of runs.',
  fields: (t) => ({
    field: t.field({ type: RunOrderFieldEnum, required: true, description: 'By what.' }),
    direction: t.field({ type: OrderDirectionEnum, required: true, description: 'In which direction.' }),
  }),
});

type RunArguments = {
  readonly status?: RunFilter['status'];
  readonly pipelineId?: string | null | undefined;
  readonly filter?: typeof RunFilterInput.$inferInput | null | undefined;
};

const toFilter = (tenantId: string, { status, pipelineId, filter }: RunArguments): RunFilter => ({
  ...filter,
  triggers: filter?.trigger ?? null,
  status: filter?.status ?? status ?? null,
  pipelineId: filterId('Pipeline', tenantId, filter?.pipelineId ?? pipelineId),
});

builder.objectField(TenantRef, 'runs', (t) =>
  t.connection(
    {
      type: RunRef,
      description: 'Its runs, the youngest first unless another order is asked for.',
      args: {
        status: t.arg({ type: [RunStatusEnum], description: 'As `filter.status`.' }),
        pipelineId: t.arg.id({ description: 'As `filter.pipelineId`.' }),
        filter: t.arg({ type: RunFilterInput, description: 'Which of them.' }),
        orderBy: t.arg({ type: RunOrderInput, description: 'Default: CREATED_AT, DESC.' }),
      },
      complexity: connectionCost,
      resolve: async ({ id: tenantId }, args, { session }) => {
        const page = parsePage('runs', args, 2, tenantId);
        const filter = toFilter(tenantId, args);
        const order = args.orderBy?.direction ?? 'desc';
        const rows = await session.read(tenantId, 'run.read', (client) =>
          listTenantRuns(client, { tenantId, filter, order, page }),
        );
        const count = (max: number) =>
          session.read(tenantId, 'run.read', (client) => countTenantRuns(client, { tenantId, filter, max }));
        return { ...toConnection(page, rows, (row) => [row.createdAt.toISOString(), row.id]), count };
      },
    },
    { fields: (connection) => ({ totalCount: totalCount(connection) }) },
  ),
);
