import type { Pool } from 'pg';
import { withTenants } from '../database/tenants-transaction.ts';
import { expandChunk, type StoredEvent } from '../log/event-log.ts';
import type { RunReference } from '../run/run-store.ts';
import { createStepTally, type StepTally } from './step-tally.ts';

const CHUNKS_PER_READ = 50;

const READ_CHUNKS = `select first_seq::float8 as "firstSeq", events from run_event_chunks
  where run_id = $1 and first_seq > $2 order by first_seq limit ${CHUNKS_PER_READ}`;

type Chunk = { readonly firstSeq: number; readonly events: readonly StoredEvent[] };

/** Tallies a run from its log, a part at a time; undefined when the log is gone. */
export const readTally = async (pool: Pool, { tenantId, runId }: RunReference): Promise<StepTally | undefined> => {
  const tally = createStepTally();
  let last = 0;
  for (;;) {
    const after = last;
    const { rows } = await withTenants(pool, [tenantId], (client) => client.query<Chunk>(READ_CHUNKS, [runId, after]));
    for (const { firstSeq, events } of rows) {
      for (const event of expandChunk(runId, firstSeq, events)) tally.apply(event);
      last = firstSeq;
    }
    if (rows.length < CHUNKS_PER_READ) break;
  }
  return last === 0 ? undefined : tally;
};
