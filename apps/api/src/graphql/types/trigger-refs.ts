import { notFound } from '../../access.ts';
import {
  CATCH_UPS,
  type EventTriggerRow,
  type ScheduleRow,
  TRIGGER_EVENTS,
  type TriggerRow,
  type WebhookRow,
} from '../../triggers/trigger-rows.ts';
import { builder } from '../builder.ts';
import { PipelineRef } from '../refs.ts';

export const TriggerRef = builder.interfaceRef<TriggerRow>('Trigger');
export const ScheduleRef = builder.objectRef<ScheduleRow>('Schedule');
export const WebhookRef = builder.objectRef<WebhookRow>('Webhook');
export const EventTriggerRef = builder.objectRef<EventTriggerRow>('EventTrigger');

export const ScheduleCatchUpEnum = builder.enumType('ScheduleCatchUp', {
  description:
    'What becomes of times that passed while no worker was there: those older than a minute are skipped, the latest one starts a run, or each of the last hundred does.',
  values: CATCH_UPS,
});

export const TriggerEventEnum = builder.enumType('TriggerEvent', {
  description: 'What an event trigger waits for.',
  values: TRIGGER_EVENTS,
});

TriggerRef.implement({
  description: 'Starts a pipeline by itself.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Unique among those of its kind of the pipeline.' }),
    pipeline: t.field({
      type: PipelineRef,
      description: 'What it starts, in its latest version.',
      resolve: async ({ tenantId, pipelineId: id }, _args, { loaders }) => {
        const pipeline = await loaders.pipelines.load({ tenantId, id });
        if (pipeline === null) throw notFound();
        return pipeline;
      },
    }),
    priority: t.exposeInt('priority', { description: 'Of its runs, from -100 to 100.' }),
    isEnabled: t.exposeBoolean('isEnabled'),
    createdBy: t.exposeString('createdBy', { description: 'The id of the user or token that made it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
  }),
});
