import { requireTenantNodeId } from '../../access.ts';
import type { ApiContext } from '../../context.ts';
import { deleteTrigger } from '../../triggers/change-trigger.ts';
import { createEventTrigger, EVENT_TRIGGER_KIND, updateEventTrigger } from '../../triggers/event-trigger-changes.ts';
import type { EventTriggerRow } from '../../triggers/trigger-rows.ts';
import { builder } from '../builder.ts';
import { RunStatusEnum } from '../enums.ts';
import { example } from '../example.ts';
import { answer, resultUnion } from '../result.ts';
import { EventTriggerRef, TriggerEventEnum } from '../types/trigger-refs.ts';
import { given } from './trigger-input.ts';
import { deletion } from './trigger-success.ts';

const triggerSuccess = <Kind extends 'CreateEventTriggerSuccess' | 'UpdateEventTriggerSuccess'>(kind: Kind) =>
  builder.objectRef<{ readonly kind: Kind; readonly eventTrigger: EventTriggerRow }>(kind).implement({
    fields: (t) => ({
      eventTrigger: t.field({
        type: EventTriggerRef,
        description: 'The event trigger, as it is now.',
        resolve: ({ eventTrigger }) => eventTrigger,
      }),
    }),
  });

const SOURCE = 'Of run_ended: whose runs. Without it, those of every pipeline but the one that is started.';
const STATUSES = 'Of run_ended: how the run ended; empty for however.';
const PLUGIN = 'Of plugin_published: which one, as `@acme/weather`. Without it, every one that the tenant can see.';

/** A pipeline of another tenant is none of this one. */
const sourceKey = ({ viewer }: ApiContext, tenantId: string, globalId: string | null): string | null => {
  if (globalId === null) return null;
  const source = requireTenantNodeId(viewer.principal, 'Pipeline', globalId);
  return source.tenantId === tenantId ? source.id : tenantId;
};

const CreateEventTriggerInput = builder.inputType('CreateEventTriggerInput', {
  fields: (t) => ({
    pipelineId: t.id({ required: true, description: 'What is started.' }),
    name: t.string({ required: true }),
    event: t.field({ description: 'What it waits for.', type: TriggerEventEnum, required: true }),
    sourcePipelineId: t.id({ description: SOURCE }),
    statuses: t.field({ type: [RunStatusEnum], description: STATUSES }),
    pluginName: t.string({ description: PLUGIN }),
    parameters: t.field({ type: 'JSON', description: 'Of its runs: an object that fits what the pipeline declares.' }),
    priority: t.int({ description: '0 when left out.' }),
    isEnabled: t.boolean({ description: 'True when left out.' }),
  }),
});

builder.mutationField('createEventTrigger', (t) =>
  t.field({
    type: resultUnion('CreateEventTriggerResult', triggerSuccess('CreateEventTriggerSuccess')),
    description: example(
      'Starts a pipeline when something happens on the platform.',
      `
mutation {
  createEventTrigger(input: {pipelineId: "<pipeline>", name: "after failures", event: run_ended, statuses: [failed]}) {
    __typename
    ... on CreateEventTriggerSuccess { eventTrigger { id } }
  }
}`,
    ),
    args: { input: t.arg({ type: CreateEventTriggerInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const pipeline = requireTenantNodeId(context.viewer.principal, 'Pipeline', input.pipelineId);
        const eventTrigger = await createEventTrigger(context, pipeline, {
          name: input.name,
          event: input.event,
          sourcePipelineId: sourceKey(context, pipeline.tenantId, input.sourcePipelineId ?? null),
          statuses: input.statuses ?? [],
          pluginName: input.pluginName ?? null,
          parameters: input.parameters ?? {},
          priority: input.priority ?? 0,
          isEnabled: input.isEnabled ?? true,
        });
        return { kind: 'CreateEventTriggerSuccess' as const, eventTrigger };
      }),
  }),
);

const UpdateEventTriggerInput = builder.inputType('UpdateEventTriggerInput', {
  description: 'What is left out stays as it is; null takes a source or a plugin away.',
  fields: (t) => ({
    id: t.id({ required: true }),
    name: t.string(),
    sourcePipelineId: t.id({ description: SOURCE }),
    statuses: t.field({ type: [RunStatusEnum], description: STATUSES }),
    pluginName: t.string({ description: PLUGIN }),
    parameters: t.field({ description: 'Of its runs: an object that fits what the pipeline declares.', type: 'JSON' }),
    priority: t.int({ description: 'Of its runs, from -100 to 100.' }),
    isEnabled: t.boolean({ description: 'Whether it starts anything.' }),
  }),
});

builder.mutationField('updateEventTrigger', (t) =>
  t.field({
    type: resultUnion('UpdateEventTriggerResult', triggerSuccess('UpdateEventTriggerSuccess')),
    description: example(
      'Changes, enables or disables an event trigger. What happens while it is disabled starts nothing.',
      'mutation { updateEventTrigger(input: {id: "<eventTrigger>", statuses: [succeeded]}) { __typename } }',
    ),
    args: { input: t.arg({ type: UpdateEventTriggerInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const { id, sourcePipelineId, pluginName, ...changes } = input;
        const key = requireTenantNodeId(context.viewer.principal, 'EventTrigger', id);
        const eventTrigger = await updateEventTrigger(context, key, {
          ...given(changes),
          ...(pluginName !== undefined && { pluginName }),
          ...(sourcePipelineId !== undefined && {
            sourcePipelineId: sourceKey(context, key.tenantId, sourcePipelineId),
          }),
        });
        return { kind: 'UpdateEventTriggerSuccess' as const, eventTrigger };
      }),
  }),
);

const DeleteEventTriggerInput = builder.inputType('DeleteEventTriggerInput', {
  fields: (t) => ({ id: t.id({ required: true }) }),
});

builder.mutationField('deleteEventTrigger', (t) =>
  t.field({
    type: resultUnion('DeleteEventTriggerResult', deletion('DeleteEventTriggerSuccess')),
    description: example(
      'Takes an event trigger away. The runs that it started stay.',
      'mutation { deleteEventTrigger(input: {id: "<eventTrigger>"}) { __typename } }',
    ),
    args: { input: t.arg({ type: DeleteEventTriggerInput, required: true }) },
    resolve: (_root, { input: { id } }, context) =>
      answer(async () => {
        await deleteTrigger(
          context,
          EVENT_TRIGGER_KIND,
          requireTenantNodeId(context.viewer.principal, 'EventTrigger', id),
        );
        return { kind: 'DeleteEventTriggerSuccess' as const, deletedId: id };
      }),
  }),
);
