import { requireTenantNodeId } from '../../access.ts';
import { deleteTrigger } from '../../triggers/change-trigger.ts';
import { createSchedule, SCHEDULE_KIND, updateSchedule } from '../../triggers/schedule-changes.ts';
import type { ScheduleRow } from '../../triggers/trigger-rows.ts';
import { IDEMPOTENCY_KEY } from '../../idempotency.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { answer, resultUnion } from '../result.ts';
import { ScheduleCatchUpEnum, ScheduleRef } from '../types/trigger-refs.ts';
import { given } from './trigger-input.ts';
import { deletion } from './trigger-success.ts';

const scheduleSuccess = <Kind extends 'CreateScheduleSuccess' | 'UpdateScheduleSuccess'>(kind: Kind) =>
  builder.objectRef<{ readonly kind: Kind; readonly schedule: ScheduleRow }>(kind).implement({
    fields: (t) => ({
      schedule: t.field({
        type: ScheduleRef,
        description: 'The schedule, as it is now.',
        resolve: ({ schedule }) => schedule,
      }),
    }),
  });

const CRON = 'Five fields such as `0 9 * * MON-FRI`, or six with seconds first.';
const TIME_ZONE = 'A name of the IANA database such as `Europe/Zurich`.';

const CreateScheduleInput = builder.inputType('CreateScheduleInput', {
  fields: (t) => ({
    pipelineId: t.id({ required: true }),
    name: t.string({ required: true }),
    cron: t.string({ required: true, description: CRON }),
    timeZone: t.string({ required: true, description: TIME_ZONE }),
    parameters: t.field({ type: 'JSON', description: 'Of its runs: an object that fits what the pipeline declares.' }),
    catchUp: t.field({ type: ScheduleCatchUpEnum, description: '`latest` when left out.' }),
    priority: t.int({ description: '0 when left out.' }),
    isEnabled: t.boolean({ description: 'True when left out.' }),
    idempotencyKey: t.string({ description: IDEMPOTENCY_KEY }),
  }),
});

builder.mutationField('createSchedule', (t) =>
  t.field({
    type: resultUnion('CreateScheduleResult', scheduleSuccess('CreateScheduleSuccess')),
    description: example(
      'Starts a pipeline at the times of a cron expression, in a time zone.',
      `
mutation {
  createSchedule(input: {
    pipelineId: "<pipeline>", name: "weekdays", cron: "0 9 * * MON-FRI", timeZone: "Europe/Zurich"
  }) {
    __typename
    ... on CreateScheduleSuccess { schedule { id nextAt } }
  }
}`,
    ),
    args: { input: t.arg({ type: CreateScheduleInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const { pipelineId, name, cron, timeZone, parameters } = input;
        const pipeline = requireTenantNodeId(context.viewer.principal, 'Pipeline', pipelineId);
        const schedule = await createSchedule(
          context,
          pipeline,
          {
            name,
            cron,
            timeZone,
            parameters: parameters ?? {},
            catchUp: input.catchUp ?? 'latest',
            priority: input.priority ?? 0,
            isEnabled: input.isEnabled ?? true,
          },
          input,
        );
        return { kind: 'CreateScheduleSuccess' as const, schedule };
      }),
  }),
);

const UpdateScheduleInput = builder.inputType('UpdateScheduleInput', {
  description: 'What is left out stays as it is.',
  fields: (t) => ({
    id: t.id({ required: true }),
    name: t.string(),
    cron: t.string({ description: CRON }),
    timeZone: t.string({ description: TIME_ZONE }),
    parameters: t.field({ description: 'Of its runs: an object that fits what the pipeline declares.', type: 'JSON' }),
    catchUp: t.field({
      description: 'What becomes of times that passed while no worker was there.',
      type: ScheduleCatchUpEnum,
    }),
    priority: t.int({ description: 'Of its runs, from -100 to 100.' }),
    isEnabled: t.boolean({ description: 'Whether it starts anything.' }),
  }),
});

builder.mutationField('updateSchedule', (t) =>
  t.field({
    type: resultUnion('UpdateScheduleResult', scheduleSuccess('UpdateScheduleSuccess')),
    description: example(
      'Changes, enables or disables a schedule. Times that passed while it was disabled start nothing.',
      'mutation { updateSchedule(input: {id: "<schedule>", isEnabled: false}) { __typename } }',
    ),
    args: { input: t.arg({ type: UpdateScheduleInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const { id, ...changes } = input;
        const key = requireTenantNodeId(context.viewer.principal, 'Schedule', id);
        return { kind: 'UpdateScheduleSuccess' as const, schedule: await updateSchedule(context, key, given(changes)) };
      }),
  }),
);

const DeleteScheduleInput = builder.inputType('DeleteScheduleInput', {
  fields: (t) => ({ id: t.id({ required: true }) }),
});

builder.mutationField('deleteSchedule', (t) =>
  t.field({
    type: resultUnion('DeleteScheduleResult', deletion('DeleteScheduleSuccess')),
    description: example(
      'Takes a schedule away. The runs that it started stay.',
      'mutation { deleteSchedule(input: {id: "<schedule>"}) { __typename } }',
    ),
    args: { input: t.arg({ type: DeleteScheduleInput, required: true }) },
    resolve: (_root, { input: { id } }, context) =>
      answer(async () => {
        await deleteTrigger(context, SCHEDULE_KIND, requireTenantNodeId(context.viewer.principal, 'Schedule', id));
        return { kind: 'DeleteScheduleSuccess' as const, deletedId: id };
      }),
  }),
);
