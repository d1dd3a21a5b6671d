import { randomUUID } from 'node:crypto';
import { createTestDatabase } from '@ia-modules/database/testing';
import type { Json, JsonObject, TaskExecutor, TaskRequest } from '@ia-modules/engine';
import { createMetrics, type Metrics } from '@ia-modules/telemetry';
import { expect } from 'vitest';
import { createRuntime, type RunSetup, type Runtime, type RuntimeOptions } from '../src/index.ts';
import { createRunFixtures, type PipelineFixture, type RunFixtures } from '../src/testing.ts';

export type Definition = Parameters<RunFixtures['createPipeline']>[1];

export type RunState = {
  readonly status: string;
  readonly waitReason: string | null;
  readonly isParked: boolean;
  readonly wakeAt: Date | null;
};

/** What a run may begin with beside its parameters. */
export type RunStart = {
  readonly parameters?: JsonObject;
  readonly setup?: RunSetup;
  readonly origin?: { readonly kind: 'fork' | 'retry' | 'replay'; readonly runId: string };
  readonly priority?: number;
};

/** A database with a tenant, and runtimes on it. */
export type RuntimeHarness = {
  readonly fixtures: RunFixtures;
  readonly tenantId: string;
  readonly databaseUrl: string;
  /** Runs in the memory of the runtimes. */
  readonly heldRuns: () => number;
  start(execute: TaskExecutor['execute'], options?: Partial<RuntimeOptions>): Promise<Runtime>;
  create(definition: Definition): Promise<PipelineFixture>;
  startRun(pipeline: PipelineFixture, start?: RunStart): Promise<string>;
  stopAll(): Promise<void>;
  stateOf(runId: string): Promise<RunState>;
  untilParked(runId: string): Promise<void>;
  /** Commands that no run has answered. */
  unanswered(runId: string): Promise<number>;
  close(): Promise<void>;
};

const STATE_OF = `select status, wait_reason as "waitReason", is_parked as "isParked", wake_at as "wakeAt"
  from runs where id = $1`;
const UNANSWERED = 'select count(*)::int as count from run_commands where run_id = $1 and consumed_at is null';

const INSERT_RUN = `insert into runs (id, tenant_id, pipeline_id, pipeline_version_id, parameters, trigger, seed, created_by,
    setup, origin_kind, origin_run_id, priority)
  values ($1, $2, $3, $4, $5, '{"type":"manual"}', 7, 'tester', $6, $7, $8, $9)`;

export const openHarness = async (): Promise<RuntimeHarness> => {
  const database = await createTestDatabase();
  const fixtures = createRunFixtures(database.adminUrl);
  const tenantId = await fixtures.createTenant('acme');
  const runtimes: Runtime[] = [];
  let held = 0;
  const metrics: Metrics = {
    ...createMetrics(),
    runHeld: () => {
      held += 1;
    },
    runReleased: () => {
      held -= 1;
    },
  };
  const stateOf = async (runId: string): Promise<RunState> => {
    const { rows } = await fixtures.pool.query<RunState>(STATE_OF, [runId]);
    if (rows[0] === undefined) throw new TypeError(`There is no run ${runId}.`);
    return rows[0];
  };
  const stopAll = async (): Promise<void> => {
    await Promise.all(runtimes.splice(0).map((runtime) => runtime.stop()));
  };
  return {
    fixtures,
    tenantId,
    databaseUrl: database.urls.worker,
    heldRuns: () => held,
    start: async (execute, options = {}) => {
      const runtime = createRuntime({
        databaseUrl: database.urls.worker,
        executorFor: () => ({ execute }),
        metrics,
        ...options,
      });
      runtimes.push(runtime);
      await runtime.leading;
      return runtime;
    },
    create: (definition) => fixtures.createPipeline(tenantId, definition),
    startRun: async ({ pipelineId, versionId, tenantId: ofTenant }, start = {}) => {
      const { parameters = {}, setup, origin, priority = 0 } = start;
      const runId = randomUUID();
      await fixtures.pool.query(INSERT_RUN, [
        runId,
        ofTenant,
        pipelineId,
        versionId,
        parameters,
        setup ?? null,
        origin?.kind ?? null,
        origin?.runId ?? null,
        priority,
      ]);
      await fixtures.pool.query("notify run_inbox, ''");
      return runId;
    },
    stopAll,
    stateOf,
    untilParked: async (runId) => {
      await expect
        .poll(async () => ({ ...(await stateOf(runId)), held }), { timeout: 10_000 })
        .toMatchObject({ isParked: true, held: 0 });
    },
    unanswered: async (runId) => {
      const { rows } = await fixtures.pool.query<{ count: number }>(UNANSWERED, [runId]);
      return rows[0]?.count ?? 0;
    },
    close: async () => {
      await stopAll();
      await fixtures.close();
      await database.drop();
    },
  };
};

/** A pipeline of steps one after the other. */
export const chainOf = (name: string, steps: readonly JsonObject[], more: JsonObject = {}) => ({
  name,
  steps,
  flow: { transitions: steps.slice(1).map(({ id }, index) => ({ from: steps[index]?.['id'] ?? '', to: id ?? '' })) },
  ...more,
});

/** Work whose attempts the test sees, and holds when they are of `test.hold`; `test.fail` fails. */
export type ObservedWork = {
  readonly execute: TaskExecutor['execute'];
  readonly calls: readonly TaskRequest[];
  /** The steps that a run has made attempts of, in order. */
  stepsOf(runId: string): string[];
  /** Waits until the run is at a held attempt, and ends it. */
  letGo(runId: string, output?: Json): Promise<void>;
  untilHeld(runId: string): Promise<void>;
};

export const createObservedWork = (): ObservedWork => {
  const calls: TaskRequest[] = [];
  const held = new Map<string, (output: Json) => void>();
  const isOf = (runId: string) => (key: string) => key.startsWith(runId);
  const untilHeld = async (runId: string): Promise<void> => {
    await expect.poll(() => [...held.keys()].some(isOf(runId)), { timeout: 10_000 }).toBe(true);
  };
  return {
    calls,
    execute: async (request, { emitStarted, signal }) => {
      await emitStarted({ worker: 'test' });
      calls.push(request);
      if (request.uses === 'test.fail') throw new TypeError('out of order');
      if (request.uses !== 'test.hold') return request.input;
      const { promise, resolve, reject } = Promise.withResolvers<Json>();
      held.set(request.idempotencyKey, resolve);
      signal.addEventListener('abort', () => reject(new Error('aborted')));
      return promise.finally(() => held.delete(request.idempotencyKey));
    },
    stepsOf: (runId) =>
      calls.filter(({ idempotencyKey }) => isOf(runId)(idempotencyKey)).map(({ stepId }) => stepId ?? ''),
    letGo: async (runId, output = null) => {
      await untilHeld(runId);
      for (const [key, resolve] of held) if (isOf(runId)(key)) resolve(output);
    },
    untilHeld,
  };
};
