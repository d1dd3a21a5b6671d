import { randomInt } from 'node:crypto';
import type { DebugSetup, ForkPoint, JsonObject } from '@ia-modules/engine';
import type { ClientBase } from 'pg';

/** How a run is bent from its beginning; stored in `runs.setup`. */
export type RunSetup = {
  readonly debug?: DebugSetup;
  /** Where the run leaves the course of the one that it was forked from. */
  readonly fork?: ForkPoint;
};

/** A run as whoever starts it writes it; parameters are checked and completed before. */
export type NewRun = {
  readonly runId: string;
  readonly tenantId: string;
  readonly pipelineId: string;
  readonly pipelineVersionId: string;
  readonly parameters: JsonObject;
  /** `{type: 'manual' | 'schedule' | 'webhook' | 'event' | 'pipeline', …}`; expressions read it as `trigger`. */
  readonly trigger: JsonObject;
  /** What the run's random choices come from. @default a random one */
  readonly seed?: number;
  readonly createdBy: string;
  /** Of the same creator, at most one run has it. */
  readonly idempotencyKey?: string;
  /** From -100 to 100. @default 0 */
  readonly priority?: number;
  readonly parent?: { readonly runId: string; readonly key: string; readonly depth: number };
};

const INSERT_RUN = `insert into runs (id, tenant_id, pipeline_id, pipeline_version_id, parameters, trigger, seed, created_by,
    idempotency_key, priority, parent_run_id, parent_key, depth)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
  on conflict do nothing`;

const SEED_LIMIT = 2 ** 31 - 1;

/** Makes a seed for a run that repeats no other one. */
export const randomSeed = (): number => randomInt(SEED_LIMIT);

/** Stores a pending run in the client's transaction and wakes the worker; false when it is there already. */
export const insertRun = async (client: Pick<ClientBase, 'query'>, run: NewRun): Promise<boolean> => {
  const { rowCount } = await client.query(INSERT_RUN, [
    run.runId,
    run.tenantId,
    run.pipelineId,
    run.pipelineVersionId,
    JSON.stringify(run.parameters),
    JSON.stringify(run.trigger),
    run.seed ?? randomSeed(),
    run.createdBy,
    run.idempotencyKey ?? null,
    run.priority ?? 0,
    run.parent?.runId ?? null,
    run.parent?.key ?? null,
    run.parent?.depth ?? 0,
  ]);
  if (rowCount === 0) return false;
  await client.query("select pg_notify('run_inbox', ''), pg_notify('tenant_changes', $1)", [run.tenantId]);
  return true;
};
