import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BlobStore, createBlobStore } from '@ia-modules/blobs';
import { createTestDatabase, installPlugin, signForTests, type TestDatabase } from '@ia-modules/database/testing';
import type { EventDraft, Json, PluginReference } from '@ia-modules/engine';
import { blobKey } from '@ia-modules/runtime-postgres';
import { createRunFixtures, type PipelineFixture, type RunFixtures } from '@ia-modules/runtime-postgres/testing';
import type { Rehearsals } from '../src/rehearsal/rehearsals.ts';
import { REHEARSED, serveRehearsed } from './rehearsal-plugin.ts';
import { startOn, type StartOptions } from './rehearsal-worker.ts';
import { startTarballServer, type TarballServer } from './tarball-server.ts';

/** An attempt as a log has it. */
export type Recorded = {
  readonly step: string;
  readonly input: Json;
  readonly output?: Json | undefined;
  readonly error?: { readonly name: string; readonly code: string; readonly message: string };
  readonly part?: string;
};

export type SampleRow = {
  readonly contribution: string;
  readonly verdict: string | null;
  readonly reason: string | null;
  readonly input: Json;
  readonly recorded: Json;
  readonly before: Json;
  readonly after: Json;
  readonly differences: readonly { readonly path: string; readonly kind: string }[];
  readonly count: number;
  readonly runId: string;
};

export type RehearsalStage = {
  readonly database: TestDatabase;
  readonly fixtures: RunFixtures;
  readonly registry: TarballServer;
  readonly blobs: BlobStore;
  readonly dataDir: string;
  readonly versions: readonly [PluginReference, PluginReference];
  /** A tenant with the first version installed. */
  readonly createTenant: (slug: string) => Promise<PipelineFixture>;
  /** Writes down a run whose attempts these are. */
  readonly record: (pipeline: PipelineFixture, attempts: readonly Recorded[], runId?: string) => Promise<string>;
  readonly request: (tenantId: string, options?: Partial<RequestOptions>) => Promise<string>;
  readonly start: (options?: Pick<StartOptions, 'leaseMs'>) => Promise<Rehearsals>;
  readonly statusOf: (id: string) => Promise<string | undefined>;
  readonly samplesOf: (id: string) => Promise<readonly SampleRow[]>;
  readonly close: () => Promise<void>;
};

type RequestOptions = {
  readonly samples: number;
  readonly contribution: string;
  readonly stepId: string;
  readonly pipelineId: string;
};

const MAX_INLINE_BYTES = 256 * 1_024;
export const RECORDED_AT_MS = Date.UTC(2026, 0, 31, 9);

const INSERT_VERSION = `insert into plugin_versions (plugin_name, version, tenant_id, visibility, integrity, manifest, readme,
    size_bytes, published_by, signatures)
  select $1, $2, p.tenant_id, 'public', $3, '{}', '', 1, 'tester', $4 from plugins p where p.name = $1 on conflict do nothing`;
const INSERT_RUN = `insert into runs (id, tenant_id, pipeline_id, pipeline_version_id, parameters, trigger, seed, created_by, status,
    finished_at) values ($1, $2, $3, $4, '{}', '{"type":"manual"}', 7, 'fixture', 'succeeded', now())`;
const INSERT_EVENTS = `insert into run_event_chunks (tenant_id, run_id, first_seq, last_seq, events) values ($1, $2, 1, $3, $4)`;
const INSERT_USE = `insert into plugin_uses (tenant_id, run_id, plugin_name, version, integrity, pipeline_id, pipeline_version_id)
  values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`;
const INSERT_REHEARSAL = `insert into rehearsals (id, tenant_id, plugin_name, to_version, to_integrity, max_samples, contribution,
    step_id, pipeline_id, requested_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'tester')`;
const READ_SAMPLES = `select contribution, verdict, reason, input, recorded, before, after, differences, difference_count as count,
    run_id as "runId" from rehearsal_samples where rehearsal_id = $1 order by position`;

type Base = Pick<RehearsalStage, 'database' | 'fixtures' | 'registry' | 'blobs' | 'dataDir' | 'versions'>;

/** A database, a registry with two versions of a plugin, and runs that used the first. */
export const openRehearsalStage = async (): Promise<RehearsalStage> => {
  const database = await createTestDatabase();
  const registry = await startTarballServer();
  const dataDir = mkdtempSync(path.join(tmpdir(), 'ia-rehearsals-'));
  const base: Base = {
    database,
    fixtures: createRunFixtures(database.adminUrl),
    registry,
    blobs: createBlobStore(pathToFileURL(path.join(dataDir, 'blobs')).href),
    dataDir,
    versions: [serveRehearsed(registry, 1, 'api.example.com'), serveRehearsed(registry, 2, 'api.example.com')],
  };
  const ends: (() => Promise<void>)[] = [];
  return {
    ...base,
    ...writersOf(base),
    start: async (options = {}) => {
      const rehearsals = await startOn({
        ...options,
        databaseUrl: database.urls.worker,
        registryUrl: registry.url,
        dataDir,
      });
      ends.push(rehearsals.stop);
      return rehearsals;
    },
    close: async () => {
      for (const end of ends) await end();
      await registry.close();
      await base.fixtures.close();
      await database.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};

type Writers = Omit<RehearsalStage, keyof Base | 'start' | 'close'>;

const writersOf = ({ fixtures, versions, blobs }: Base): Writers => {
  const { pool } = fixtures;
  return {
    createTenant: async (slug) => {
      const tenantId = await fixtures.createTenant(slug);
      const [installed, { version, integrity }] = versions;
      await installPlugin(pool, { tenantId, plugin: installed, grant: { net: [], secrets: [], blobs: true } });
      const signatures = await signForTests(pool, versions[1]);
      await pool.query(INSERT_VERSION, [REHEARSED, version, integrity, JSON.stringify(signatures)]);
      return await fixtures.createPipeline(tenantId, { name: 'recorded', steps: [] });
    },
    record: async ({ tenantId, pipelineId, versionId }, attempts, runId = randomUUID()) => {
      const own = attempts.flatMap((attempt, place) => eventsOf(attempt, `${attempt.step}_${place}`, versions[0]));
      const events = await Promise.all(own.map((event) => withoutLargeValues(blobs, { tenantId, runId }, event)));
      await pool.query(INSERT_RUN, [runId, tenantId, pipelineId, versionId]);
      await pool.query(INSERT_EVENTS, [tenantId, runId, events.length, JSON.stringify(events)]);
      const { name, version, integrity } = versions[0];
      await pool.query(INSERT_USE, [tenantId, runId, name, version, integrity, pipelineId, versionId]);
      return runId;
    },
    request: async (tenantId, { samples = 100, contribution, stepId, pipelineId } = {}) => {
      const id = randomUUID();
      const { version, integrity } = versions[1];
      const only = [contribution ?? null, stepId ?? null, pipelineId ?? null];
      await pool.query(INSERT_REHEARSAL, [id, tenantId, REHEARSED, version, integrity, samples, ...only]);
      return id;
    },
    statusOf: async (id) => {
      const { rows } = await pool.query<{ status: string }>('select status from rehearsals where id = $1', [id]);
      return rows[0]?.status;
    },
    samplesOf: async (id) => (await pool.query<SampleRow>(READ_SAMPLES, [id])).rows,
  };
};

/** As the runtime writes them: what is large lies in blob storage. */
const withoutLargeValues = async (
  blobs: BlobStore,
  place: { readonly tenantId: string; readonly runId: string },
  event: EventDraft,
): Promise<object> => {
  const data: Record<string, unknown> = { ...event.data };
  const fields: string[] = [];
  for (const [field, value] of Object.entries(data)) {
    const bytes = Buffer.from(JSON.stringify(value));
    if (bytes.byteLength <= MAX_INLINE_BYTES) continue;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await blobs.put(blobKey(place, sha256), bytes);
    data[field] = { $blob: { sha256, bytes: bytes.byteLength } };
    fields.push(field);
  }
  return { ...event, data, ...(fields.length === 0 ? {} : { blobs: fields }) };
};

const eventsOf = (
  { step, input, output, error, part }: Recorded,
  stepId: string,
  plugin: PluginReference,
): (EventDraft & { at: number })[] => {
  const place = { stepId, attempt: 1, at: RECORDED_AT_MS, ...(part === undefined ? {} : { part }) };
  return [
    { ...place, type: 'task_scheduled', data: { uses: `${REHEARSED}#${step}`, input } },
    { ...place, type: 'task_started', data: { worker: 'w', plugin } },
    error === undefined
      ? { ...place, type: 'task_succeeded', data: { output: output ?? null } }
      : { ...place, type: 'task_failed', data: { error: { ...error, retryable: false } } },
  ];
};
