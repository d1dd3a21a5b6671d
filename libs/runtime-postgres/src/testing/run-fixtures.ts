import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isTerminal, type Json, type JsonObject, type RunEvent, type Status } from '@ia-modules/engine';
import type { Pool } from 'pg';
import { createPool } from '../database/create-pool.ts';
import type { InboxCommandKind, InboxPayload } from '../inbox/inbox-command.ts';
import { readEvents } from '../log/event-log.ts';

export type PipelineFixture = { readonly tenantId: string; readonly pipelineId: string; readonly versionId: string };

export type DefinitionFixture = { readonly name: string; readonly [key: string]: unknown };

export type PipelineOptions = {
  readonly resolvedPlugins?: JsonObject;
  /** Under which sub-pipeline steps find it. @default the definition's name with something that no other has */
  readonly name?: string;
  /** @default 0.1.0 */
  readonly version?: string;
};

export type RunRow = {
  readonly id: string;
  readonly status: Status;
  readonly outputs: Json;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly lastSeq: number;
};

/** Writes pipelines and runs as the API does, and watches what becomes of them. */
export type RunFixtures = {
  readonly pool: Pool;
  createTenant(slug: string): Promise<string>;
  createPipeline(tenantId: string, definition: DefinitionFixture, options?: PipelineOptions): Promise<PipelineFixture>;
  /** Creates a pending run and rings the inbox. @default runId a random one */
  startRun(pipeline: PipelineFixture, parameters?: JsonObject, runId?: string): Promise<string>;
  cancelRun(pipeline: PipelineFixture, runId: string, reason: string): Promise<void>;
  /** Writes a command into the run's inbox, as the API does. */
  tellRun<K extends InboxCommandKind>(
    pipeline: PipelineFixture,
    runId: string,
    command: { readonly kind: K; readonly payload: InboxPayload[K] },
  ): Promise<void>;
  readRun(runId: string): Promise<RunRow>;
  /** Waits for a terminal status; the test's own timeout bounds it. */
  untilEnded(runId: string): Promise<RunRow>;
  events(runId: string): Promise<RunEvent[]>;
  close(): Promise<void>;
};

const POLL_MS = 5;
const CREATED_BY = 'fixture';

const INSERT_VERSION = `insert into pipeline_versions (id, tenant_id, pipeline_id, revision, version, definition,
    resolved_plugins, content_hash, created_by)
  values ($1, $2, $3, 1, $7, $4, $5, $6, '${CREATED_BY}')`;
const INSERT_RUN = `insert into runs (id, tenant_id, pipeline_id, pipeline_version_id, parameters, trigger, seed, created_by)
  values ($1, $2, $3, $4, $5, '{"type":"manual"}', 7, '${CREATED_BY}')`;

/** Opens fixtures on a database. The URL's role must bypass row-level security. */
export const createRunFixtures = (adminUrl: string): RunFixtures => {
  const pool = createPool({ url: adminUrl, applicationName: 'fixtures', maxConnections: 8 });

  const readRun = async (runId: string): Promise<RunRow> => {
    const { rows } = await pool.query<RunRow>(
      'select id, status, outputs, error, last_seq::int as "lastSeq" from runs where id = $1',
      [runId],
    );
    if (rows[0] === undefined) throw new TypeError(`There is no run ${runId}.`);
    return rows[0];
  };

  const tellRun: RunFixtures['tellRun'] = async ({ tenantId }, runId, { kind, payload }) => {
    await pool.query(
      `insert into run_commands (tenant_id, run_id, kind, payload, requested_by) values ($1, $2, $3, $4, 'tester')`,
      [tenantId, runId, kind, JSON.stringify(payload)],
    );
    await pool.query("notify run_inbox, ''");
  };

  return {
    pool,
    createTenant: async (slug) => {
      const tenantId = randomUUID();
      await pool.query('insert into tenants (id, slug, name) values ($1, $2, $2)', [tenantId, slug]);
      return tenantId;
    },
    createPipeline: async (tenantId, definition, { resolvedPlugins = {}, name, version = '0.1.0' } = {}) => {
      const [pipelineId, versionId] = [randomUUID(), randomUUID()];
      await pool.query(
        `insert into pipelines (id, tenant_id, name, revision, created_by) values ($1, $2, $3, 1, '${CREATED_BY}')`,
        [pipelineId, tenantId, name ?? `${definition.name}-${pipelineId.slice(0, 8)}`],
      );
      const [content, plugins] = [JSON.stringify(definition), JSON.stringify(resolvedPlugins)];
      await pool.query(INSERT_VERSION, [versionId, tenantId, pipelineId, content, plugins, versionId, version]);
      return { tenantId, pipelineId, versionId };
    },
    startRun: async ({ tenantId, pipelineId, versionId }, parameters = {}, runId = randomUUID()) => {
      await pool.query(INSERT_RUN, [runId, tenantId, pipelineId, versionId, JSON.stringify(parameters)]);
      await pool.query("notify run_inbox, ''");
      return runId;
    },
    cancelRun: (pipeline, runId, reason) => tellRun(pipeline, runId, { kind: 'cancel', payload: { reason } }),
    tellRun,
    readRun,
    untilEnded: async (runId) => {
      for (;;) {
        const run = await readRun(runId);
        if (isTerminal(run.status)) return run;
        await delay(POLL_MS);
      }
    },
    events: (runId) => readEvents(pool, runId),
    close: () => pool.end(),
  };
};
