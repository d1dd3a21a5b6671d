import type { Json, JsonObject, PluginReference, RunEvent, Status } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Pool } from 'pg';
import { readEvents } from '../log/event-log.ts';
import { withTenants } from '../database/tenants-transaction.ts';

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
  readonly createdAt: Date;
};

export type StoredPipelineVersion = {
  readonly version: string;
  readonly revision: number;
  readonly definition: unknown;
  /** By alias: what it resolved to when the version was saved. */
  readonly resolvedPlugins: Readonly<Record<string, PluginReference>>;
};

export type StoredCommand = RunReference & {
  readonly id: string;
  readonly kind: string;
  readonly payload: Json;
  readonly requestedBy: string;
};

/** What the runtime reads, and the one thing it writes outside the log. */
export type RunStore = {
  /** Runs that nobody started yet, oldest first. */
  claimable(limit: number): Promise<readonly RunReference[]>;
  /** Runs that were started and have not ended. */
  open(): Promise<readonly RunReference[]>;
  readRuns(references: readonly RunReference[]): Promise<readonly StoredRun[]>;
  readVersion(run: StoredRun): Promise<StoredPipelineVersion>;
  readLog(run: RunReference): Promise<readonly RunEvent[]>;
  /** Commands that no run has answered yet, except those named. */
  readCommands(known: ReadonlySet<string>): Promise<readonly StoredCommand[]>;
  /** Marks what is left of a run's commands consumed: an ended run answers none. */
  consumeCommands(run: RunReference): Promise<void>;
};

const MAX_COMMANDS = 1_000;

const READ_RUNS = `select runs.id as "runId", runs.tenant_id as "tenantId", runs.pipeline_id as "pipelineId",
    pipelines.name as "pipelineName", runs.pipeline_version_id as "pipelineVersionId", runs.status, runs.parameters,
    runs.trigger, runs.seed, runs.last_seq::float8 as "lastSeq", runs.created_at as "createdAt"
  from runs join pipelines on pipelines.tenant_id = runs.tenant_id and pipelines.id = runs.pipeline_id
  where runs.id = any($1::uuid[])`;
const READ_VERSION = `select version, revision, definition, resolved_plugins as "resolvedPlugins"
  from pipeline_versions where id = $1`;
const READ_COMMANDS = `select id, tenant_id as "tenantId", run_id as "runId", kind, payload, requested_by as "requestedBy"
  from run_commands where id = any($1::bigint[]) order by id`;
const CONSUME_COMMANDS = 'update run_commands set consumed_at = now() where run_id = $1 and consumed_at is null';
const REFERENCE_COLUMNS = 'run_id as "runId", tenant_id as "tenantId"';

/** Reads runs through the worker's role: across tenants by the lookup functions, else within the tenants it names. */
export const createRunStore = (pool: Pool): RunStore => {
  const readReferences = async (source: string, values: unknown[] = []): Promise<readonly RunReference[]> =>
    (await pool.query<RunReference>(`select ${REFERENCE_COLUMNS} from ${source}`, values)).rows;

  return {
    claimable: (limit) => readReferences('claimable_runs($1, $2, $2, $2)', [limit, []]),
    open: () => readReferences('open_runs()'),
    readRuns: async (references) => {
      if (references.length === 0) return [];
      const ids = references.map((reference) => reference.runId);
      const { rows } = await withTenants(pool, tenantsOf(references), (client) =>
        client.query<StoredRun>(READ_RUNS, [ids]),
      );
      const byId = new Map(rows.map((row) => [row.runId, row]));
      return ids.flatMap((id) => byId.get(id) ?? []);
    },
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
    readLog: ({ tenantId, runId }) => withTenants(pool, [tenantId], (client) => readEvents(client, runId)),
    readCommands: async (known) => {
      const { rows } = await pool.query<RunReference & { id: string }>(
        `select id, ${REFERENCE_COLUMNS} from pending_run_commands(0, $1)`,
        [MAX_COMMANDS],
      );
      const fresh = rows.filter((row) => !known.has(row.id));
      if (fresh.length === 0) return [];
      const ids = fresh.map((row) => row.id);
      const result = await withTenants(pool, tenantsOf(fresh), (client) =>
        client.query<StoredCommand>(READ_COMMANDS, [ids]),
      );
      return result.rows;
    },
    consumeCommands: async ({ tenantId, runId }) => {
      await withTenants(pool, [tenantId], (client) => client.query(CONSUME_COMMANDS, [runId]));
    },
  };
};

const tenantsOf = (references: readonly RunReference[]): string[] => references.map((reference) => reference.tenantId);
