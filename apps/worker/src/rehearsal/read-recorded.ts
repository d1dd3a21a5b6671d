import type { BlobStore } from '@ia-modules/blobs';
import type { Json, RecordedError, RunEvent } from '@ia-modules/engine';
import {
  expandChunk,
  readArchivedLog,
  restoreLargeValues,
  type StoredEvent,
  withTenants,
} from '@ia-modules/runtime-postgres';
import type { Pool } from 'pg';
import type { Outcome } from './judge-sample.ts';
import type { SamplePlace } from './rehearsal-rows.ts';
import { pointerOf } from './value-differences.ts';

/** What the log says of an attempt. */
export type RecordedAttempt = {
  readonly input: Json;
  readonly outcome: Outcome;
  /** When it began, in epoch milliseconds. */
  readonly startedAtMs: number;
  /** Where its input shows `***` in place of a secret, as JSON pointers. */
  readonly maskedPaths: readonly string[];
};

type Source = { readonly pool: Pool; readonly blobs: BlobStore; readonly tenantId: string };
type StoredRunEvent = RunEvent & { readonly blobs?: readonly string[] };

/** Of an input or output: what goes to a sandbox and comes from there fits into one frame. */
const MAX_VALUE_BYTES = 8 * 1_024 * 1_024;
const MAX_ARCHIVE_BYTES = 16 * 1_024 * 1_024;
const MAX_MASKED = 5;
/** What stands beside them in the log may be large. */
const READ_EVENTS = `select c.first_seq::float8 + e.place - 1 as seq, e.event
  from run_event_chunks c cross join lateral json_array_elements(c.events) with ordinality as e (event, place)
  where c.run_id = $1 and c.first_seq <= ($2::bigint[])[3] and c.last_seq >= ($2::bigint[])[1]
    and c.first_seq + e.place - 1 = any($2::bigint[])
  order by 1`;
const READ_ARCHIVE_KEY = 'select archive_key as key from runs where id = $1';

/** Reads one attempt out of its run's log, large values restored; a text says why it can not be had. */
export const readRecorded = async (source: Source, sample: SamplePlace): Promise<RecordedAttempt | string> => {
  const events = await readPlaces(source, sample);
  const [scheduled, started, ended] = events;
  if (scheduled?.type !== 'task_scheduled' || started?.type !== 'task_started' || ended === undefined) {
    return 'The log of its run is gone.';
  }
  if ([scheduled, ended].some((event) => largestOf(event) > MAX_VALUE_BYTES)) {
    return `Its input or output takes more than ${MAX_VALUE_BYTES} bytes.`;
  }
  const { blobs, tenantId } = source;
  const place = { tenantId, runId: sample.runId };
  const [whole, end] = await restoreLargeValues(blobs, place, [scheduled, ended]).catch(() => []);
  const outcome = end === undefined ? undefined : outcomeOf(end);
  if (whole?.type !== 'task_scheduled' || outcome === undefined) return 'A large value of its run is gone.';
  const { input } = whole.data;
  return { input, outcome, startedAtMs: started.at, maskedPaths: maskedIn(input) };
};

const readPlaces = async (
  { pool, blobs, tenantId }: Source,
  sample: SamplePlace,
): Promise<readonly StoredRunEvent[]> => {
  const { runId } = sample;
  const seqs = [sample.scheduledSeq, sample.startedSeq, sample.endedSeq];
  const { kept, archiveKey } = await withTenants(pool, [tenantId], async (client) => {
    const found = await client.query<{ seq: number; event: StoredEvent }>(READ_EVENTS, [runId, seqs]);
    const events = found.rows.flatMap(({ seq, event }) => expandChunk(runId, seq, [event]));
    const { rows } = await client.query<{ key: string | null }>(READ_ARCHIVE_KEY, [runId]);
    return { kept: events, archiveKey: rows[0]?.key ?? null };
  });
  if (kept.length === seqs.length || archiveKey === null) return kept;
  const archived = await readArchivedLog(blobs, archiveKey, { maxBytes: MAX_ARCHIVE_BYTES }).catch(() => undefined);
  return seqs.flatMap((seq) => archived?.events.find((event) => event.seq === seq) ?? []);
};

/** Bytes of the largest value of an event that lies in blob storage. */
const largestOf = ({ blobs = [], data }: StoredRunEvent): number => {
  const values: Readonly<Record<string, unknown>> = { ...data };
  const sizes = blobs.map((field) => (values[field] as { $blob?: { bytes?: number } } | undefined)?.$blob?.bytes ?? 0);
  return Math.max(0, ...sizes);
};

const outcomeOf = (event: RunEvent): Outcome | undefined => {
  if (event.type === 'task_succeeded') return { output: event.data.output };
  return event.type === 'task_failed' ? { error: shortError(event.data.error) } : undefined;
};

/** What of an error is compared and shown. */
export const shortError = ({ code, name, message }: RecordedError) => ({ code, name, message });

/** Inputs may be large and nested deeply: nothing is called for each level. */
const maskedIn = (input: Json): readonly string[] => {
  const found: string[] = [];
  const open: { readonly value: unknown; readonly path: string }[] = [{ value: input, path: '' }];
  for (let place = open.pop(); place !== undefined && found.length < MAX_MASKED; place = open.pop()) {
    const { value, path } = place;
    if (isMasked(value)) found.push(path);
    if (typeof value !== 'object' || value === null) continue;
    for (const key of Object.keys(value).toReversed()) {
      const inner: unknown = Reflect.get(value, key);
      if (isMasked(inner) || (typeof inner === 'object' && inner !== null)) {
        open.push({ value: inner, path: path + pointerOf([key]) });
      }
    }
  }
  return found;
};

const isMasked = (value: unknown): boolean => typeof value === 'string' && value.includes('***');
