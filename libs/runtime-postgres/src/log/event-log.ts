import type { EventDraft, RunEvent } from '@ia-modules/engine';
import type { ClientBase } from 'pg';

/** An event as a chunk holds it: the row says whose it is, its place in the chunk says its `seq`. */
export type StoredEvent = EventDraft & {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Fields of its data that lie in blob storage. */
  readonly blobs?: readonly string[];
};

export type EventRange = {
  /** Only events behind this `seq`. @default 0 */
  readonly after?: number;
  /** At most so many events. @default all */
  readonly limit?: number;
};

const READ_CHUNKS = `select first_seq, events from run_event_chunks
  where run_id = $1 and last_seq > $2 and first_seq <= $3 order by first_seq`;

export const toStoredEvent = ({ runId: _runId, seq: _seq, ...stored }: RunEvent): StoredEvent => stored;

/**
 * Reads a run's events in order. The client decides what is visible: run it in a tenant's transaction.
 * @example const events = await withTenantClient(pool, tenantId, (client) => readEvents(client, runId, { after: 10, limit: 100 }));
 */
export const readEvents = async (
  client: Pick<ClientBase, 'query'>,
  runId: string,
  { after = 0, limit = Number.MAX_SAFE_INTEGER - after }: EventRange = {},
): Promise<RunEvent[]> => {
  const { rows } = await client.query<{ first_seq: string; events: readonly StoredEvent[] }>(READ_CHUNKS, [
    runId,
    after,
    after + limit,
  ]);
  return rows
    .flatMap(({ first_seq, events }) => expandChunk(runId, Number(first_seq), events))
    .filter((event) => event.seq > after && event.seq <= after + limit);
};

/** The events of one stored chunk, with the run and the places in its log that the row says. */
export const expandChunk = (runId: string, firstSeq: number, events: readonly StoredEvent[]): RunEvent[] =>
  events.map((event, position) => ({ ...event, runId, seq: firstSeq + position }));
