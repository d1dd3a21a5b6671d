import { createListLoader, createRowLoader, groupRows, type ListLoader, type RowLoader } from '../loaders.ts';
import type { Page } from '../page.ts';
import type { TenantSession } from '../tenant-session.ts';
import {
  EVENT_TRIGGERS,
  type EventTriggerRow,
  fetchTriggers,
  listPipelineTriggers,
  SCHEDULES,
  type ScheduleRow,
  type TriggerRow,
  type TriggerTable,
  WEBHOOKS,
  type WebhookRow,
} from './trigger-rows.ts';

export type TriggerLoaders = {
  readonly schedules: RowLoader<ScheduleRow>;
  readonly webhooks: RowLoader<WebhookRow>;
  readonly eventTriggers: RowLoader<EventTriggerRow>;
  readonly schedulesOfPipelines: ListLoader<Page, readonly ScheduleRow[]>;
  readonly webhooksOfPipelines: ListLoader<Page, readonly WebhookRow[]>;
  readonly eventTriggersOfPipelines: ListLoader<Page, readonly EventTriggerRow[]>;
};

/** The loaders of triggers within one GraphQL operation. */
export const createTriggerLoaders = (session: TenantSession): TriggerLoaders => {
  const rows = <Row extends TriggerRow>(table: TriggerTable<Row>) =>
    createRowLoader<Row>({
      session,
      permission: 'trigger.read',
      fetch: (client, ids) => fetchTriggers(client, table, ids),
      idOf: (row) => row.id,
    });
  const lists = <Row extends TriggerRow>(table: TriggerTable<Row>) =>
    createListLoader<Page, readonly Row[]>({
      session,
      permission: 'trigger.read',
      list: async (client, pipelineIds, page) =>
        groupRows(await listPipelineTriggers(client, table, { pipelineIds, page }), (row) => row.pipelineId),
      empty: [],
    });
  return {
    schedules: rows(SCHEDULES),
    webhooks: rows(WEBHOOKS),
    eventTriggers: rows(EVENT_TRIGGERS),
    schedulesOfPipelines: lists(SCHEDULES),
    webhooksOfPipelines: lists(WEBHOOKS),
    eventTriggersOfPipelines: lists(EVENT_TRIGGERS),
  };
};
