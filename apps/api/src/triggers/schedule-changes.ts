import type { Prisma } from '@ia-modules/database';
import type { Json } from '@ia-modules/engine';
import { nextFireAt } from '@ia-modules/runtime-postgres';
import { v7 as uuid } from 'uuid';
import { principalId } from '../access.ts';
import type { ApiContext } from '../context.ts';
import { requireNone } from '../findings.ts';
import type { Repeatable } from '../idempotency.ts';
import type { TenantKey } from '../loaders.ts';
import { changeDetails, changeTrigger, readTrigger, type TriggerKind, withoutParameters } from './change-trigger.ts';
import { checkPriority, checkStart, checkTiming, checkTriggerName } from './check-trigger.ts';
import { type CatchUp, SCHEDULES, type ScheduleRow } from './trigger-rows.ts';

export const SCHEDULE_KIND: TriggerKind<ScheduleRow> = {
  noun: 'schedule',
  table: SCHEDULES,
  delegateOf: (tx) => tx.schedule,
};

export type ScheduleSettings = {
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly parameters: Json;
  readonly catchUp: CatchUp;
  readonly priority: number;
  readonly isEnabled: boolean;
};

const check = async (context: ApiContext, pipeline: TenantKey, settings: ScheduleSettings): Promise<void> => {
  const start = await checkStart(context, pipeline, settings.parameters);
  const timing = checkTiming(settings.cron, settings.timeZone);
  requireNone([...checkTriggerName(settings.name), ...timing, ...checkPriority(settings.priority), ...start]);
};

const nextTime = ({ isEnabled, cron, timeZone }: ScheduleSettings): Date | null => {
  const next = isEnabled ? nextFireAt(cron, timeZone, Date.now()) : null;
  return next === null ? null : new Date(next);
};

const columnsOf = (settings: ScheduleSettings) => ({
  ...settings,
  parameters: settings.parameters as Prisma.InputJsonValue,
});

export const createSchedule = async (
  context: ApiContext,
  pipeline: TenantKey,
  settings: ScheduleSettings,
  { idempotencyKey }: Repeatable = {},
): Promise<ScheduleRow> => {
  await check(context, pipeline, settings);
  const { tenantId, id: pipelineId } = pipeline;
  const key = { tenantId, id: uuid() };
  const made = await changeTrigger(context, SCHEDULE_KIND, {
    key,
    once: { key: idempotencyKey ?? null, request: { pipelineId, settings } },
    action: 'create',
    details: { after: { pipelineId, ...withoutParameters(settings) } },
    apply: (tx, principal) =>
      tx.schedule.create({
        data: {
          ...key,
          pipelineId,
          ...columnsOf(settings),
          nextAt: nextTime(settings),
          createdBy: principalId(principal),
        },
      }),
  });
  return readTrigger(context, SCHEDULE_KIND, { tenantId, id: made });
};

/** What passed while a schedule was off, or had other times, is not made up for. */
export const updateSchedule = async (
  context: ApiContext,
  key: TenantKey,
  changes: Partial<ScheduleSettings>,
): Promise<ScheduleRow> => {
  const current = await readTrigger(context, SCHEDULE_KIND, key);
  const { name, cron, timeZone, parameters, catchUp, priority, isEnabled } = current;
  const settings = { name, cron, timeZone, parameters, catchUp, priority, isEnabled, ...changes };
  await check(context, { tenantId: key.tenantId, id: current.pipelineId }, settings);
  const hasOtherTimes = settings.cron !== cron || settings.timeZone !== timeZone || settings.isEnabled !== isEnabled;
  await changeTrigger(context, SCHEDULE_KIND, {
    key,
    action: 'update',
    details: changeDetails(current, changes),
    apply: (tx) =>
      tx.schedule.update({
        where: { tenantId_id: key },
        data: { ...columnsOf(settings), problem: null, ...(hasOtherTimes && { nextAt: nextTime(settings) }) },
      }),
  });
  return readTrigger(context, SCHEDULE_KIND, key);
};
