import { notFound } from '../../access.ts';
import {
  type CatchUp,
  type EventTriggerRow,
  type ScheduleRow,
  type TriggerEventType,
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
  values: {
    skip: { description: 'Nothing: times older than a minute are passed over.' },
    latest: { description: 'The latest of them starts a run.' },
    all: { description: 'Each of the last hundred starts a run.' },
  } as const satisfies Record<CatchUp, object>,
});

export const TriggerEventEnum = builder.enumType('TriggerEvent', {
  description: 'What an event trigger waits for.',
  values: {
    run_ended: { description: 'A run of a pipeline ended.' },
    plugin_published: { description: 'A version of a plugin was published.' },
  } as const satisfies Record<TriggerEventType, object>,
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
    isEnabled: t.exposeBoolean('isEnabled', { description: 'Whether it starts anything.' }),
    createdBy: t.exposeString('createdBy', { description: 'The id of the user or token that made it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
  }),
});
