import type { Json } from '@ia-modules/engine';
import type { ContributionKind, PlatformError } from '@ia-modules/plugin-sdk';
import { withTenants } from '@ia-modules/runtime-postgres';
import type { Pool, PoolClient } from 'pg';
import { boundJson } from './bounded-json.ts';
import type { Candidate } from './choose-samples.ts';
import type { Judgement, Outcome } from './judge-sample.ts';

/** A rehearsal that this process holds. */
export type TakenRehearsal = {
  readonly id: string;
  readonly tenantId: string;
  readonly takes: number;
  readonly pluginName: string;
  readonly toVersion: string;
  readonly toIntegrity: string;
  readonly pipelineId: string | null;
  readonly stepId: string | null;
  readonly contribution: string | null;
  readonly maxSamples: number;
  readonly sampleCount: number | null;
  readonly startedAt: Date;
};

export type SamplePlace = Omit<Candidate, 'isFailed' | 'inputHash' | 'kind'> & {
  readonly position: number;
  readonly kind: ContributionKind;
};

/** What is written of a sample once it is judged. */
export type SampleResult = {
  readonly judgement: Judgement;
  readonly input: Json;
  readonly recorded: Outcome | null;
  readonly before: Outcome | null;
  readonly after: Outcome | null;
};

/** Says that the rehearsal is not this process's any more: it was canceled, erased, or taken up by another. */
export class LostRehearsalError extends Error {
  override readonly name = 'LostRehearsalError';
}

const MAX_VALUE_CHARS = 8_192;
const MAX_DIFFERENCE_CHARS = 500;

const READ = `select r.id, r.tenant_id as "tenantId", r.takes, r.plugin_name as "pluginName", r.to_version as "toVersion",
    r.to_integrity as "toIntegrity", r.pipeline_id as "pipelineId", r.step_id as "stepId", r.contribution,
    r.max_samples as "maxSamples", r.sample_count as "sampleCount", r.started_at as "startedAt"
  from rehearsals r where r.id = $1 and r.holder = $2 and r.status = 'running'`;
const HOLD = `update rehearsals set held_until = now() + make_interval(secs => $3 / 1000.0)
  where id = $1 and holder = $2 and status = 'running'`;
const RELEASE = `update rehearsals set held_until = now() + make_interval(secs => $3 / 1000.0)
  where id = $1 and holder = $2 and status = 'running'`;
const FINISH = `update rehearsals set status = $3, error = $4, finished_at = now(), holder = null, held_until = null
  where id = $1 and holder = $2 and status = 'running'`;
const COUNT = `update rehearsals set sample_count = $3 where id = $1 and holder = $2 and status = 'running'`;
const ADD_SAMPLES = `insert into rehearsal_samples (tenant_id, rehearsal_id, position, run_id, step_id, iteration, item_index, part,
    attempt, kind, contribution, from_version, from_integrity, scheduled_seq, started_seq, ended_seq)
  select $1, $2, s.place - 1, (s.c ->> 'runId')::uuid, s.c ->> 'stepId', s.c ->> 'iteration', s.c ->> 'itemIndex', s.c ->> 'part',
    (s.c ->> 'attempt')::int, s.c ->> 'kind', s.c ->> 'contribution', s.c ->> 'fromVersion', s.c ->> 'fromIntegrity',
    (s.c ->> 'scheduledSeq')::bigint, (s.c ->> 'startedSeq')::bigint, (s.c ->> 'endedSeq')::bigint
  from json_array_elements($3::json) with ordinality as s (c, place)`;
const READ_OPEN = `select s.position, s.run_id as "runId", s.step_id as "stepId", s.iteration, s.item_index as "itemIndex", s.part,
    s.attempt, s.kind, s.contribution, s.from_version as "fromVersion", s.from_integrity as "fromIntegrity",
    s.scheduled_seq::float8 as "scheduledSeq", s.started_seq::float8 as "startedSeq", s.ended_seq::float8 as "endedSeq"
  from rehearsal_samples s where s.rehearsal_id = $1 and s.verdict is null order by s.position`;
const JUDGE = `update rehearsal_samples set verdict = $3, reason = $4, input = $5, recorded = $6, before = $7, after = $8,
    differences = $9, difference_count = $10
  where rehearsal_id = $1 and position = $2 and verdict is null`;

/** The rows of rehearsals as one process sees them: it writes only while a rehearsal is its own. */
export class RehearsalRows {
  readonly #pool: Pool;
  readonly #holder: string;

  constructor(pool: Pool, holder: string) {
    this.#pool = pool;
    this.#holder = holder;
  }

  /** Takes the next one that waits, or whose process is gone; undefined when there is none. */
  async take(leaseMs: number): Promise<TakenRehearsal | undefined> {
    const sql = 'select id, tenant_id as "tenantId" from take_rehearsal($1, $2)';
    const taken = await this.#pool.query<{ id: string; tenantId: string }>(sql, [this.#holder, leaseMs]);
    const [found] = taken.rows;
    if (found === undefined) return undefined;
    const { rows } = await withTenants(this.#pool, [found.tenantId], (client) =>
      client.query<TakenRehearsal>(READ, [found.id, this.#holder]),
    );
    return rows[0];
  }

  /** @throws LostRehearsalError */
  async hold(rehearsal: TakenRehearsal, leaseMs: number): Promise<void> {
    await this.#own(rehearsal, async () => undefined, { sql: HOLD, values: [leaseMs] });
  }

  /** Lets another process, or this one, take it up again in a while. */
  async release(rehearsal: TakenRehearsal, inMs: number): Promise<void> {
    await withTenants(this.#pool, [rehearsal.tenantId], (client) =>
      client.query(RELEASE, [rehearsal.id, this.#holder, inMs]),
    );
  }

  /** @throws LostRehearsalError */
  async finish(rehearsal: TakenRehearsal, error: PlatformError | null): Promise<void> {
    const told = error === null ? null : { code: error.code, message: error.message, hint: error.hint ?? null };
    const values = [error === null ? 'succeeded' : 'failed', told === null ? null : JSON.stringify(told)];
    await this.#own(rehearsal, async () => undefined, { sql: FINISH, values });
  }

  /** Writes down, once and for all, which attempts it takes. @throws LostRehearsalError */
  async addSamples(rehearsal: TakenRehearsal, candidates: readonly Candidate[]): Promise<void> {
    const { id, tenantId } = rehearsal;
    const values = [tenantId, id, JSON.stringify(candidates)];
    const change = { sql: COUNT, values: [candidates.length] };
    await this.#own(rehearsal, (client) => client.query(ADD_SAMPLES, values), change);
  }

  /** Those that nobody has judged yet. */
  async openSamples({ id, tenantId }: TakenRehearsal): Promise<readonly SamplePlace[]> {
    const { rows } = await withTenants(this.#pool, [tenantId], (client) => client.query<SamplePlace>(READ_OPEN, [id]));
    return rows;
  }

  /** @throws LostRehearsalError */
  async judge(rehearsal: TakenRehearsal, { position }: SamplePlace, result: SampleResult): Promise<void> {
    const { judgement } = result;
    const bounded = (value: Json | null): string | null =>
      value === null ? null : JSON.stringify(boundJson(value, MAX_VALUE_CHARS));
    const values = [
      rehearsal.id,
      position,
      judgement.verdict,
      judgement.reason,
      bounded(result.input),
      boundedOutcome(result.recorded),
      boundedOutcome(result.before),
      boundedOutcome(result.after),
      JSON.stringify(judgement.differences.map((item) => boundDifference(item))),
      judgement.differenceCount,
    ];
    await this.#own(rehearsal, (client) => client.query(JUDGE, values));
  }

  /** Writes in one transaction with a look at whether the rehearsal is still its own. */
  async #own(
    { id, tenantId }: TakenRehearsal,
    work: (client: PoolClient) => Promise<unknown>,
    { sql, values }: { readonly sql: string; readonly values: readonly unknown[] } = {
      sql: `${READ} for update`,
      values: [],
    },
  ): Promise<void> {
    await withTenants(this.#pool, [tenantId], async (client) => {
      const { rowCount } = await client.query(sql, [id, this.#holder, ...values]);
      if (rowCount === 0) throw new LostRehearsalError('The rehearsal belongs to somebody else, or is over.');
      await work(client);
    });
  }
}

const boundedOutcome = (outcome: Outcome | null): string | null => {
  if (outcome === null) return null;
  return JSON.stringify('output' in outcome ? { output: boundJson(outcome.output, MAX_VALUE_CHARS) } : outcome);
};

const boundDifference = (difference: Judgement['differences'][number]): Json => {
  const shown: Record<string, Json> = { path: difference.path.slice(0, MAX_DIFFERENCE_CHARS), kind: difference.kind };
  if (difference.kind === 'refused') return { ...shown, message: difference.message.slice(0, MAX_DIFFERENCE_CHARS) };
  for (const side of ['before', 'after'] as const) {
    const value = difference[side];
    if (value !== undefined) shown[side] = boundJson(value, MAX_DIFFERENCE_CHARS);
  }
  return shown;
};
