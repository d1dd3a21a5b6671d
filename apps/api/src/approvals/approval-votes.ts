import { activityKey, type ApprovalDecision, type RunEvent } from '@ia-modules/engine';
import { expandChunk, type StoredEvent } from '@ia-modules/runtime-postgres';
import type { PoolClient } from 'pg';
import type { ValueBudget } from '../value-budget.ts';

/** A decision that counts. */
export type ApprovalVote = ApprovalDecision & { readonly at: number };

/** Of long logs, only what is about approvals is sent. */
const READ_EVENTS = `select run_id as "runId", seq, size, case when size <= $2::float8 then event end as event
  from (
    select c.run_id, (c.first_seq + item.place - 1)::float8 as seq, item.event,
      (sum(octet_length(item.event::text)) over ())::float8 as size
    from run_event_chunks c cross join lateral json_array_elements(c.events) with ordinality as item (event, place)
    where c.run_id = any($1::uuid[]) and item.event ->> 'type' in ('approval_requested', 'approval_decided')
  ) found
  order by run_id, seq`;

type EventRow = {
  readonly runId: string;
  readonly seq: number;
  readonly size: number;
  readonly event: StoredEvent;
};

/** What the logs of runs say about their approvals, in one statement. */
export const readApprovalEvents = async (
  client: PoolClient,
  runIds: readonly string[],
  budget: ValueBudget,
): Promise<ReadonlyMap<string, readonly RunEvent[]>> => {
  const { rows } = await client.query<EventRow>(READ_EVENTS, [runIds, budget.leftBytes]);
  budget.spend(rows[0]?.size ?? 0);
  const events = rows.flatMap(({ runId, seq, event }) => expandChunk(runId, seq, [event]));
  return Map.groupBy(events, (event) => event.runId);
};

/** The votes that count since the activity last asked. */
export const votesOf = (events: readonly RunEvent[], key: string): ApprovalVote[] => {
  let votes: ApprovalVote[] = [];
  for (const event of events) {
    if (activityKey(event.stepId ?? '', event.iteration, event.index) !== key) continue;
    if (event.type === 'approval_requested') votes = [];
    if (event.type !== 'approval_decided') continue;
    const { refusal, ...decision } = event.data;
    if (refusal === undefined) votes.push({ ...decision, at: event.at });
  }
  return votes;
};
