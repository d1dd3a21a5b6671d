import type { JsonObject } from '@ia-modules/engine';
import type { PoolClient } from 'pg';
import { v7 as uuid } from 'uuid';
import { insertRun } from '../inbox/insert-run.ts';
import { describeRefusal, findStartableNow } from './find-startable.ts';
import {
  DEFAULT_ROUND_LIMIT,
  inTenantOfRound,
  storeOrRefuse,
  type TriggerOutcome,
  type TriggerRound,
} from './trigger-round.ts';

/** How many runs may follow from one another through events before somebody has to look at it. */
export const MAX_EVENT_CHAIN = 10;

type EventRow = {
  readonly subject: string;
  readonly event: JsonObject & { readonly chain: number };
  readonly triggerId: string;
  readonly tenantId: string;
  readonly pipelineId: string;
  readonly name: string;
  readonly parameters: JsonObject;
  readonly priority: number;
  readonly isEnabled: boolean;
  readonly problem: string | null;
};

/** Of two workers that take the same event, the second waits for the first and then finds nothing. */
const TAKE_EVENT = `with taken as (delete from trigger_events where id = $1 returning tenant_id, trigger_id, subject, event)
  select taken.subject, taken.event, t.id as "triggerId", t.tenant_id as "tenantId", t.pipeline_id as "pipelineId", t.name,
    t.parameters, t.priority, t.is_enabled as "isEnabled", t.problem
  from taken join event_triggers t on t.tenant_id = taken.tenant_id and t.id = taken.trigger_id`;
const SET_PROBLEM = 'update event_triggers set problem = $2 where id = $1';

type Answered = { readonly started: number; readonly problem: string | null };

const NOTHING_TO_DO: Answered = { started: 0, problem: null };

/** Starts the runs of the events that triggers wait for; each event goes in the transaction of its run. */
export const startFromEvents = async (round: TriggerRound): Promise<TriggerOutcome> => {
  const limit = round.limit ?? DEFAULT_ROUND_LIMIT;
  const pending = await round.pool.query<{ id: string; tenant_id: string }>(
    'select id, tenant_id from pending_trigger_events($1)',
    [limit],
  );
  let [started, refused] = [0, 0];
  for (const { id, tenant_id: tenantId } of pending.rows) {
    const answered = await answerOne(round, tenantId, id);
    started += answered.started;
    if (answered.problem !== null) refused += 1;
  }
  return { started, refused, hasMore: pending.rows.length === limit };
};

const answerOne = async (round: TriggerRound, tenantId: string, id: string): Promise<Answered> => {
  const inTransaction = (answer: (client: PoolClient, row: EventRow) => Promise<Answered>): Promise<Answered> =>
    inTenantOfRound(round, tenantId, async (client) => {
      const { rows } = await client.query<EventRow>(TAKE_EVENT, [id]);
      const row = rows[0];
      if (row === undefined || !row.isEnabled) return NOTHING_TO_DO;
      const answered = await answer(client, row);
      if (answered.problem !== row.problem) await client.query(SET_PROBLEM, [row.triggerId, answered.problem]);
      return answered;
    });
  return storeOrRefuse(
    () => inTransaction(startFor),
    (problem) => inTransaction(async () => ({ started: 0, problem })),
  );
};

const startFor = async (client: PoolClient, row: EventRow): Promise<Answered> => {
  const { chain, ...event } = row.event;
  if (chain > MAX_EVENT_CHAIN) return { started: 0, problem: describeCircle(row) };
  const found = await findStartableNow(client, row);
  if (found.kind !== 'startable') return { started: 0, problem: describeRefusal(found) };
  const isNew = await insertRun(client, {
    runId: uuid(),
    tenantId: row.tenantId,
    pipelineId: row.pipelineId,
    pipelineVersionId: found.pipelineVersionId,
    parameters: found.parameters,
    trigger: { type: 'event', trigger: row.triggerId, name: row.name, event, chain },
    createdBy: `trigger:${row.triggerId}`,
    idempotencyKey: `event:${row.subject}`,
    priority: row.priority,
  });
  return { started: isNew ? 1 : 0, problem: null };
};

const describeCircle = ({ subject }: EventRow): string =>
  `${MAX_EVENT_CHAIN} runs followed from one another through events, the last being ${subject}: triggers form a circle.`;
