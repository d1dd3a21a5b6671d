import type { JsonObject } from '@ia-modules/engine';
import type { PoolClient } from 'pg';
import { v7 as uuid } from 'uuid';
import { insertRun } from '../inbox/insert-run.ts';
import { nextFireAt } from './cron-times.ts';
import { type CatchUp, dueTimes } from './due-times.ts';
import { describeRefusal, findStartableNow } from './find-startable.ts';
import {
  DEFAULT_ROUND_LIMIT,
  inTenantOfRound,
  storeOrRefuse,
  type TriggerOutcome,
  type TriggerRound,
} from './trigger-round.ts';

export type ScheduleRound = TriggerRound & { readonly now: Date };

type ScheduleRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly pipelineId: string;
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly parameters: JsonObject;
  readonly priority: number;
  readonly catchUp: CatchUp;
  readonly nextAt: Date;
};

const LOCK_DUE = `select id, tenant_id as "tenantId", pipeline_id as "pipelineId", name, cron, time_zone as "timeZone",
    parameters, priority, catch_up as "catchUp", next_at as "nextAt"
  from schedules where id = $1 and is_enabled and next_at <= $2 for update skip locked`;
const SET_NEXT = `update schedules set next_at = $2, last_at = coalesce($3, last_at), problem = $4 where id = $1`;

/** What became of one schedule's times. */
type Fired = { readonly started: number; readonly lastAt: Date | null; readonly problem: string | null };

const NOT_DUE: Fired = { started: 0, lastAt: null, problem: null };

/**
 * Starts the runs of the schedules that are due, each schedule in a transaction of its own, and sets when they are due
 * next. However many workers call it at once, each time starts one run.
 */
export const fireSchedules = async (round: ScheduleRound): Promise<TriggerOutcome> => {
  const limit = round.limit ?? DEFAULT_ROUND_LIMIT;
  const due = await round.pool.query<{ id: string; tenant_id: string }>(
    'select id, tenant_id from due_schedules($1, $2)',
    [round.now, limit],
  );
  let [started, refused] = [0, 0];
  for (const { id, tenant_id: tenantId } of due.rows) {
    const fired = await fireOne(round, tenantId, id);
    started += fired.started;
    if (fired.problem !== null) refused += 1;
  }
  return { started, refused, hasMore: due.rows.length === limit };
};

const fireOne = async (round: ScheduleRound, tenantId: string, id: string): Promise<Fired> => {
  const inTransaction = (fire: (client: PoolClient, schedule: ScheduleRow) => Promise<Fired>): Promise<Fired> =>
    inTenantOfRound(round, tenantId, async (client) => {
      const { rows } = await client.query<ScheduleRow>(LOCK_DUE, [id, round.now]);
      if (rows[0] === undefined) return NOT_DUE;
      const fired = await fire(client, rows[0]);
      await client.query(SET_NEXT, [id, nextTime(rows[0], round.now), fired.lastAt, fired.problem]);
      return fired;
    });
  return storeOrRefuse(
    () => inTransaction((client, schedule) => startDue(client, schedule, round.now)),
    (problem) => inTransaction(async () => ({ ...NOT_DUE, problem })),
  );
};

/** After a clock that was set back, what was started already does not come again. */
const nextTime = ({ cron, timeZone, nextAt }: ScheduleRow, now: Date): Date | null => {
  try {
    const next = nextFireAt(cron, timeZone, Math.max(now.getTime(), nextAt.getTime()));
    return next === null ? null : new Date(next);
  } catch {
    return null;
  }
};

const readDueTimes = ({ cron, timeZone, nextAt, catchUp }: ScheduleRow, now: Date): readonly number[] | null => {
  try {
    return dueTimes({ cron, timeZone, nextAt: nextAt.getTime(), now: now.getTime(), catchUp });
  } catch {
    return null;
  }
};

const startDue = async (client: PoolClient, schedule: ScheduleRow, now: Date): Promise<Fired> => {
  const times = readDueTimes(schedule, now);
  if (times === null) return { ...NOT_DUE, problem: 'The cron expression or the time zone can not be read.' };
  const lastTime = times.at(-1);
  if (lastTime === undefined) {
    const missed = schedule.nextAt.toISOString();
    return { ...NOT_DUE, problem: `No worker was there at ${missed}, and times that passed are skipped.` };
  }
  const lastAt = new Date(lastTime);
  const found = await findStartableNow(client, schedule);
  if (found.kind !== 'startable') return { started: 0, lastAt, problem: describeRefusal(found) };
  let started = 0;
  for (const time of times) {
    const isNew = await insertRun(client, {
      runId: uuid(),
      tenantId: schedule.tenantId,
      pipelineId: schedule.pipelineId,
      pipelineVersionId: found.pipelineVersionId,
      parameters: found.parameters,
      trigger: { type: 'schedule', schedule: schedule.id, name: schedule.name, at: new Date(time).toISOString() },
      createdBy: `schedule:${schedule.id}`,
      idempotencyKey: `schedule:${schedule.id}:${new Date(time).toISOString()}`,
      priority: schedule.priority,
    });
    if (isNew) started += 1;
  }
  return { started, lastAt, problem: null };
};
