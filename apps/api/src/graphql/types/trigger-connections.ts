import type { ApiContext } from '../../context.ts';
import type { ListLoader } from '../../loaders.ts';
import { type Page, type PageArguments, parsePage, toConnection } from '../../page.ts';
import type { PipelineRow } from '../../pipelines/pipeline-rows.ts';
import type { TenantRow } from '../../tenants/tenant-rows.ts';
import {
  EVENT_TRIGGERS,
  listTenantTriggers,
  SCHEDULES,
  triggerKey,
  type TriggerRow,
  type TriggerTable,
  WEBHOOKS,
} from '../../triggers/trigger-rows.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { PipelineRef, TenantRef } from '../refs.ts';
import { EventTriggerRef, ScheduleRef, WebhookRef } from './trigger-refs.ts';

const ofPipeline =
  <Row extends TriggerRow>(
    { name }: TriggerTable<Row>,
    loaderOf: (context: ApiContext) => ListLoader<Page, readonly Row[]>,
  ) =>
  async ({ tenantId, id }: PipelineRow, args: PageArguments, context: ApiContext) => {
    const page = parsePage(name, args, 2, tenantId);
    return toConnection(page, await loaderOf(context).load({ tenantId, id, args: page }), triggerKey);
  };

type EnabledFilter = { readonly isEnabled?: boolean | null | undefined };

const ofTenant =
  <Row extends TriggerRow>(table: TriggerTable<Row>) =>
  async ({ id: tenantId }: TenantRow, args: PageArguments & EnabledFilter, { session }: ApiContext) => {
    const page = parsePage(table.name, args, 2, tenantId);
    const isEnabled = args.isEnabled ?? null;
    const rows = await session.read(tenantId, 'trigger.read', (client) =>
      listTenantTriggers(client, table, { tenantId, isEnabled, page }),
    );
    return toConnection(page, rows, triggerKey);
  };

builder.objectFields(PipelineRef, (t) => ({
  schedules: t.connection({
    description: 'The schedules that start this pipeline.',
    type: ScheduleRef,
    complexity: connectionCost,
    resolve: ofPipeline(SCHEDULES, ({ loaders }) => loaders.schedulesOfPipelines),
  }),
  webhooks: t.connection({
    description: 'The webhooks that start this pipeline.',
    type: WebhookRef,
    complexity: connectionCost,
    resolve: ofPipeline(WEBHOOKS, ({ loaders }) => loaders.webhooksOfPipelines),
  }),
  eventTriggers: t.connection({
    type: EventTriggerRef,
    description: 'The triggers that start this pipeline.',
    complexity: connectionCost,
    resolve: ofPipeline(EVENT_TRIGGERS, ({ loaders }) => loaders.eventTriggersOfPipelines),
  }),
}));

const ENABLED = 'Only those that are enabled, or only those that are not.';

builder.objectFields(TenantRef, (t) => ({
  schedules: t.connection({
    description: 'All schedules of the tenant, by name.',
    type: ScheduleRef,
    args: { isEnabled: t.arg.boolean({ description: ENABLED }) },
    complexity: connectionCost,
    resolve: ofTenant(SCHEDULES),
  }),
  webhooks: t.connection({
    description: 'All webhooks of the tenant, by name.',
    type: WebhookRef,
    args: { isEnabled: t.arg.boolean({ description: ENABLED }) },
    complexity: connectionCost,
    resolve: ofTenant(WEBHOOKS),
  }),
  eventTriggers: t.connection({
    description: 'All event triggers of the tenant, by name.',
    type: EventTriggerRef,
    args: { isEnabled: t.arg.boolean({ description: ENABLED }) },
    complexity: connectionCost,
    resolve: ofTenant(EVENT_TRIGGERS),
  }),
}));
