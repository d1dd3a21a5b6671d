import type { BlobStore } from '@ia-modules/blobs';
import {
  type JsonObject,
  type PluginReference,
  type RecordedError,
  type RunEvent,
  type Status,
  toRecordedError,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Pool } from 'pg';
import { withTenants } from '../database/tenants-transaction.ts';
import { type EventRange, readEvents } from '../log/event-log.ts';
import { restoreLargeValues } from '../log/large-values.ts';
import type { RunSetup } from '../inbox/insert-run.ts';

export type RunReference = { readonly tenantId: string; readonly runId: string };

/** The row of a run, as the runtime needs it. */
export type StoredRun = RunReference & {
  readonly pipelineId: string;
  readonly pipelineName: string;
  readonly pipelineVersionId: string;
  readonly status: Status;
  readonly parameters: JsonObject;
  readonly trigger: JsonObject;
  readonly seed: number;
  readonly lastSeq: number;
  readonly priority: number;
  readonly depth: number;
  readonly parentRunId: string | null;
  /** Whether there is a run above it, and that has ended. */
  readonly isOrphan: boolean;
  readonly setup: RunSetup | null;
  /** The run that it repeats, when it was forked. */
  readonly originRunId: string | null;
  readonly recoveries: number;
  readonly createdAt: Date;
};

export type StoredPipelineVersion = {
  readonly version: string;
  readonly revision: number;
  readonly definition: unknown;
  /** By alias: what it resolved to when the version was saved. */
  readonly resolvedPlugins: Readonly<Record<string, PluginReference>>;
};

/** How a run ended, as its row says. */
export type StoredEnd = RunReference & {
  readonly status: Status;
  readonly outputs: JsonObject | null;
  readonly error: RecordedError | null;
  readonly costUsd: number;
  readonly lastSeq: number;
};

export type StoredSnapshot = { readonly seq: number; readonly format: string; readonly state: Uint8Array };

/** What the runtime reads of runs, and what it writes of them beside their logs. */
export type RunStore = {
  readRuns(references: readonly RunReference[]): Promise<readonly StoredRun[]>;
  readVersion(run: StoredRun): Promise<StoredPipelineVersion>;
  /** The log with its large values. */
  readLog(run: RunReference, range?: EventRange): Promise<readonly RunEvent[]>;
  readEnds(references: readonly RunReference[]): Promise<readonly StoredEnd[]>;
  readSnapshot(run: RunReference): Promise<StoredSnapshot | undefined>;
  /** An older one is replaced, a newer one stays. */
  writeSnapshot(run: RunReference, snapshot: StoredSnapshot): Promise<void>;
  /** Counts that runs are taken up after their worker came to a violent end; a run that has got on since starts anew at one. */
  noteRecoveries(references: readonly RunReference[]): Promise<void>;
  /** Counts that a suspect is tried alone, whatever progress it made before. */
  noteTrial(reference: RunReference): Promise<void>;
  clearRecoveries(references: readonly RunReference[]): Promise<void>;
};

const READ_RUNS = `select runs.id as "runId", runs.tenant_id as "tenantId", runs.pipeline_id as "pipelineId",
    pipelines.name as "pipelineName", runs.pipeline_version_id as "pipelineVersionId", runs.status, runs.parameters,
    runs.trigger, runs.seed, runs.last_seq::float8 as "lastSeq", runs.priority, runs.depth,
    runs.parent_run_id as "parentRunId", coalesce(parent.finished_at is not null, false) as "isOrphan", runs.setup,
    runs.origin_run_id as "originRunId", runs.recoveries, runs.created_at as "createdAt"
  from runs join pipelines on pipelines.tenant_id = runs.tenant_id and pipelines.id = runs.pipeline_id
    left join runs parent on parent.id = runs.parent_run_id
  where runs.id = any($1::uuid[])`;
const READ_VERSION = `select version, revision, definition, resolved_plugins as "resolvedPlugins"
  from pipeline_versions where id = $1`;
const READ_ENDS = `select id as "runId", tenant_id as "tenantId", status, outputs, error, cost_usd as "costUsd",
    last_seq::float8 as "lastSeq"
  from runs where id = any($1::uuid[])`;
const READ_SNAPSHOT = 'select seq::float8 as seq, format, state from run_snapshots where run_id = $1';
const WRITE_SNAPSHOT = `insert into run_snapshots as kept (tenant_id, run_id, seq, format, state)
  select tenant_id, id, $3, $4, $5 from runs where tenant_id = $1 and id = $2 and last_seq >= $3
  on conflict (run_id) do update set seq = excluded.seq, format = excluded.format, state = excluded.state
    where kept.seq < excluded.seq or kept.format <> excluded.format`;
const NOTE_RECOVERIES = `update runs set recovered_seq = last_seq,
    recoveries = case when recovered_seq = last_seq then least(recoveries + 1, 1000) else 1 end
  where id = any($1::uuid[])`;

const NOTE_TRIAL = `update runs set recovered_seq = last_seq, recoveries = least(recoveries + 1, 1000)
  where id = any($1::uuid[])`;
const CLEAR_RECOVERIES = 'update runs set recoveries = 0 where id = any($1::uuid[])';

/** Reads runs through the worker's role, within the tenants that it names. */
export const createRunStore = (pool: Pool, blobs?: BlobStore): RunStore => {
  const readAll = async <T extends RunReference>(sql: string, references: readonly RunReference[]): Promise<T[]> => {
    if (references.length === 0) return [];
    const ids = references.map(({ runId }) => runId);
    const { rows } = await withTenants(pool, tenantsOf(references), (client) => client.query<T>(sql, [ids]));
    const byId = new Map(rows.map((row) => [row.runId, row]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  };

  const readLog: RunStore['readLog'] = async (run, range) => {
    const events = await withTenants(pool, [run.tenantId], (client) => readEvents(client, run.runId, range));
    return restoreLargeValues(blobs, run, events);
  };

  /** Outputs that are gone for good are a failure; storage that is away may come back. */
  const restoreEnd = async (end: StoredEnd): Promise<StoredEnd> => {
    try {
      const [last] = await readLog(end, { after: end.lastSeq - 1 });
      return last?.type === 'run_succeeded' ? { ...end, outputs: last.data.outputs } : end;
    } catch (error) {
      if (!(error instanceof PlatformError) || error.disposition === 'retry') throw error;
      return { ...end, status: 'failed', outputs: null, error: toRecordedError(error) };
    }
  };

  const change = async (sql: string, references: readonly RunReference[]): Promise<void> => {
    if (references.length === 0) return;
    const ids = references.map(({ runId }) => runId);
    await withTenants(pool, tenantsOf(references), (client) => client.query(sql, [ids]));
  };

  return {
    readRuns: (references) => readAll<StoredRun>(READ_RUNS, references),
    readVersion: async ({ tenantId, pipelineVersionId }) => {
      const { rows } = await withTenants(pool, [tenantId], (client) =>
        client.query<StoredPipelineVersion>(READ_VERSION, [pipelineVersionId]),
      );
      if (rows[0] !== undefined) return rows[0];
      throw new PlatformError({
        code: 'IA_RUNTIME_LOAD_FAILED',
        message: `The pipeline version ${pipelineVersionId} of the run is not there.`,
        fault: 'bug',
      });
    },
    readLog,
    readEnds: async (references) => {
      const ends = await readAll<StoredEnd>(READ_ENDS, references);
      return Promise.all(ends.map(async (end) => (mayBeReference(end.outputs) ? restoreEnd(end) : end)));
    },
    readSnapshot: async ({ tenantId, runId }) => {
      const { rows } = await withTenants(pool, [tenantId], (client) =>
        client.query<StoredSnapshot>(READ_SNAPSHOT, [runId]),
      );
      return rows[0];
    },
    writeSnapshot: async ({ tenantId, runId }, { seq, format, state }) => {
      await withTenants(pool, [tenantId], (client) =>
        client.query(WRITE_SNAPSHOT, [tenantId, runId, seq, format, state]),
      );
    },
    noteRecoveries: (references) => change(NOTE_RECOVERIES, references),
    noteTrial: (reference) => change(NOTE_TRIAL, [reference]),
    clearRecoveries: (references) => change(CLEAR_RECOVERIES, references),
  };
};

const tenantsOf = (references: readonly RunReference[]): string[] => references.map(({ tenantId }) => tenantId);

/** Outputs may look like a reference by chance: the log knows. */
const mayBeReference = (outputs: JsonObject | null): boolean => outputs?.['$blob'] !== undefined;
