import { PlatformError } from '@ia-modules/plugin-sdk';
import { nextFireAt } from '@ia-modules/runtime-postgres';
import { tenantNodeId } from '../../global-id.ts';
import { MAX_PAGE_SIZE } from '../../page.ts';
import type { ScheduleRow } from '../../triggers/trigger-rows.ts';
import { builder } from '../builder.ts';
import { RunStatusEnum } from '../enums.ts';
import { PipelineRef } from '../refs.ts';
import {
  EventTriggerRef,
  ScheduleCatchUpEnum,
  ScheduleRef,
  TriggerEventEnum,
  TriggerRef,
  WebhookRef,
} from './trigger-refs.ts';

const DEFAULT_NEXT_TIMES = 5;

const nextTimes = ({ cron, timeZone }: ScheduleRow, count: number): Date[] => {
  if (count < 0 || count > MAX_PAGE_SIZE) {
    throw new PlatformError({ code: 'IA_API_INVALID', message: `\`first\` must be between 0 and ${MAX_PAGE_SIZE}.` });
  }
  const times: Date[] = [];
  let at: number | null = Date.now();
  while (times.length < count) {
    at = nextFireAt(cron, timeZone, at);
    if (at === null) break;
    times.push(new Date(at));
  }
  return times;
};

ScheduleRef.implement({
  description: 'Starts a pipeline at the times of a cron expression.',
  interfaces: [builder.nodeInterfaceRef(), TriggerRef],
  fields: (t) => ({
    id: t.id({ resolve: (schedule) => tenantNodeId('Schedule', schedule) }),
    cron: t.exposeString('cron', { description: 'Five fields, or six with seconds first.' }),
    timeZone: t.exposeString('timeZone', { description: 'A name of the IANA database.' }),
    parameters: t.field({
      description: 'The parameters of the runs that it starts.',
      type: 'JSON',
      resolve: (schedule) => schedule.parameters,
    }),
    catchUp: t.expose('catchUp', {
      description: 'What becomes of times that passed while no worker was there.',
      type: ScheduleCatchUpEnum,
    }),
    nextAt: t.expose('nextAt', { type: 'DateTime', nullable: true, description: 'Null when disabled.' }),
    lastAt: t.expose('lastAt', { type: 'DateTime', nullable: true, description: 'The last time that was looked at.' }),
    problem: t.exposeString('problem', { nullable: true, description: 'Why the last time started no run.' }),
    nextTimes: t.field({
      type: ['DateTime'],
      description: 'When it comes next, whether it is enabled or not.',
      args: { first: t.arg.int({ defaultValue: DEFAULT_NEXT_TIMES }) },
      complexity: ({ first }) => ({ field: 1, multiplier: Math.max(1, first ?? DEFAULT_NEXT_TIMES) }),
      resolve: (schedule, { first }) => nextTimes(schedule, first ?? DEFAULT_NEXT_TIMES),
    }),
  }),
});

WebhookRef.implement({
  description: 'Starts a pipeline when it is called by who knows its secret.',
  interfaces: [builder.nodeInterfaceRef(), TriggerRef],
  fields: (t) => ({
    id: t.id({ resolve: (webhook) => tenantNodeId('Webhook', webhook) }),
    url: t.string({
      description: 'Where signed calls are sent with POST.',
      resolve: ({ id }, _args, { services }) => `${services.publicApiUrl}/hooks/${id}`,
    }),
    lastReceivedAt: t.expose('lastReceivedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the last call came that was signed with its secret.',
    }),
  }),
});

EventTriggerRef.implement({
  description: 'Starts a pipeline when something happens on the platform.',
  interfaces: [builder.nodeInterfaceRef(), TriggerRef],
  fields: (t) => ({
    id: t.id({ resolve: (trigger) => tenantNodeId('EventTrigger', trigger) }),
    event: t.expose('event', { description: 'What it waits for.', type: TriggerEventEnum }),
    sourcePipeline: t.field({
      type: PipelineRef,
      nullable: true,
      description: 'Of run_ended: whose runs; null for those of every pipeline but the one that it starts.',
      resolve: ({ tenantId, sourcePipelineId }, _args, { loaders }) =>
        sourcePipelineId === null ? null : loaders.pipelines.load({ tenantId, id: sourcePipelineId }),
    }),
    statuses: t.field({
      type: [RunStatusEnum],
      description: 'Of run_ended: how the run ended; empty for however.',
      resolve: (trigger) => [...trigger.statuses],
    }),
    pluginName: t.exposeString('pluginName', {
      nullable: true,
      description: 'Of plugin_published: which one; null for every one that the tenant can see.',
    }),
    parameters: t.field({
      description: 'The parameters of the runs that it starts.',
      type: 'JSON',
      resolve: (trigger) => trigger.parameters,
    }),
    problem: t.exposeString('problem', { nullable: true, description: 'Why the last event started no run.' }),
  }),
});
