import { performance } from 'node:perf_hooks';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Metrics } from '@ia-modules/telemetry';
import { type ClientBase, DatabaseError } from 'pg';
import { createBackoff } from '../database/backoff.ts';
import { type AppendEffects, type PendingAppend, readLastSeqs, writeGroup } from './commit-group.ts';
import { type DatabaseConnection, isDataError } from '../database/database-connection.ts';
import type { StoredEvent } from './event-log.ts';
import type { Lease } from '../lease/lease.ts';
import { type RuntimeLog, SILENT_LOG } from '../runtime-log.ts';
import type { PluginUse } from './plugin-uses.ts';
import type { RunChange } from './run-change.ts';
import { type QueuedAppend, takeGroup, type Waiting } from './take-group.ts';

/** Consecutive events of one run; the first follows the run's last committed one. */
export type RunAppend = {
  readonly tenantId: string;
  readonly runId: string;
  /** The run's last sequence number before. */
  readonly after: number;
  /** In the form in which they are stored; none when only commands are consumed. */
  readonly events: readonly StoredEvent[];
  readonly change: RunChange;
  /** Inbox commands that these events answer: marked consumed in the same transaction. */
  readonly consumedCommands: readonly string[];
  readonly effects: AppendEffects;
};

export type GroupCommitterOptions = {
  readonly connection: DatabaseConnection;
  readonly lease: Lease;
  readonly metrics: Metrics;
  readonly log?: RuntimeLog;
  readonly onLeaseLost: (error: PlatformError) => void;
};

type QueuedUse = PluginUse & Waiting;

type Group = { readonly appends: readonly QueuedAppend[]; readonly uses: readonly QueuedUse[] };

const MAX_PLAN_AGE_MS = 5_000;
const FAILURES_PER_WARNING = 15;
const NOTHING: Group = { appends: [], uses: [] };

/** Commits the events of many runs together: while one transaction is in flight, the next group gathers. */
export class GroupCommitter {
  readonly #options: GroupCommitterOptions;
  readonly #closed = new AbortController();
  readonly #backoff = createBackoff(this.#closed.signal);
  readonly #queue: QueuedAppend[] = [];
  readonly #uses: QueuedUse[] = [];
  #refusal: PlatformError | undefined;
  #draining: Promise<void> | undefined;
  #failures = 0;
  #plansHoldUntil = 0;

  constructor(options: GroupCommitterOptions) {
    this.#options = options;
  }

  /**
   * Queues events for the next group. Resolves once they are committed.
   * @throws PlatformError IA_RUNTIME_LEASE_LOST when another worker took over, IA_RUNTIME_STOPPED when closed before
   */
  async append(append: RunAppend): Promise<void> {
    if (this.#refusal !== undefined) throw this.#refusal;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#queue.push({ ...toPending(append), resolve, reject });
    this.#draining ??= this.#drain();
    await promise;
  }

  /**
   * Records with the next group that a run uses a version, before what its log says of it. Resolves once that is committed; the
   * log and the row of the run stay as they are.
   * @throws PlatformError the same as `append`
   */
  async record(use: PluginUse): Promise<void> {
    if (this.#refusal !== undefined) throw this.#refusal;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#uses.push({ ...use, resolve, reject });
    this.#draining ??= this.#drain();
    await promise;
  }

  /** Refuses what is still queued and ends. */
  async close(): Promise<void> {
    this.#refusal ??= stopped();
    this.#closed.abort();
    await this.#draining;
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // what other runs append in this turn of the event loop comes along
    while (this.#queue.length + this.#uses.length > 0) {
      await this.#commit({ appends: takeGroup(this.#queue), uses: this.#uses.splice(0) });
    }
    this.#draining = undefined;
  }

  async #commit(group: Group): Promise<void> {
    let rest = group;
    while (waitingFor(rest).length > 0) {
      if (this.#refusal !== undefined) {
        refuse(rest, this.#refusal);
        return;
      }
      rest = await this.#tryCommit(rest);
    }
  }

  /** Returns what has to be tried again. */
  async #tryCommit(group: Group): Promise<Group> {
    const { connection, lease, metrics } = this.#options;
    const startedAt = performance.now();
    const measure = (outcome: 'ok' | 'error'): void =>
      metrics.committed({ runs: group.appends.length, durationMs: performance.now() - startedAt, outcome });
    try {
      await connection.use(async (client) => {
        await this.#forgetOldPlans(client);
        await writeGroup(client, lease, group);
      });
      measure('ok');
      this.#noteSuccess();
      for (const { resolve } of waitingFor(group)) resolve();
      return NOTHING;
    } catch (error) {
      measure('error');
      return this.#handleFailure(group, error);
    }
  }

  /** A plan that was made while the tables were small reads all of a tenant's runs when they are large, key checks included. */
  async #forgetOldPlans(client: ClientBase): Promise<void> {
    const now = performance.now();
    if (now < this.#plansHoldUntil) return;
    this.#plansHoldUntil = now + MAX_PLAN_AGE_MS;
    await client.query('discard plans');
  }

  async #handleFailure(group: Group, error: unknown): Promise<Group> {
    if (isLeaseLost(error)) {
      this.#lose(error);
      return group;
    }
    if (!isDataError(error)) {
      this.#noteFailure(error);
      await this.#backoff.pause();
      return { appends: await this.#findUncommitted(group.appends), uses: group.uses };
    }
    if (waitingFor(group).length === 1) refuse(group, error);
    else await this.#commitEach(group);
    return NOTHING;
  }

  async #commitEach({ appends, uses }: Group): Promise<void> {
    for (const use of uses) await this.#commit({ appends: [], uses: [use] });
    for (const append of appends) await this.#commit({ appends: [append], uses: [] });
  }

  /** The first failure, and then every so many, says why nothing is written. */
  #noteFailure(error: unknown): void {
    const { log = SILENT_LOG } = this.#options;
    if (this.#failures % FAILURES_PER_WARNING === 0) {
      log.warn({ err: error, code: sqlStateOf(error) }, 'Events can not be committed; trying again until they are.');
    }
    this.#failures += 1;
  }

  #noteSuccess(): void {
    const { log = SILENT_LOG } = this.#options;
    if (this.#failures > 0) log.info({ failures: this.#failures }, 'Events are committed again.');
    this.#failures = 0;
    this.#backoff.reset();
  }

  /** After an interrupted commit: asks the table what took place, as often as it takes. */
  async #findUncommitted(group: readonly QueuedAppend[]): Promise<readonly QueuedAppend[]> {
    const { connection, lease } = this.#options;
    while (this.#refusal === undefined && group.length > 0) {
      try {
        const lastSeqs = await connection.use((client) => readLastSeqs(client, lease, group));
        return group.filter((append) => !settleByTable(append, lastSeqs.get(append.runId)));
      } catch (error) {
        if (isLeaseLost(error)) this.#lose(error);
        else await this.#backoff.pause();
      }
    }
    return group;
  }

  #lose(error: PlatformError): void {
    if (this.#refusal === undefined) this.#options.onLeaseLost(error);
    this.#refusal ??= error;
  }
}

const toPending = ({ after, events, ...append }: RunAppend): PendingAppend => ({
  ...append,
  expectedSeq: after,
  lastSeq: after + events.length,
  events: events.map((event) => JSON.stringify(event)),
});

/** Returns whether the table decides about the append: it is in, or it can't go in any more. */
const settleByTable = (append: QueuedAppend, lastSeq: number | undefined): boolean => {
  if (lastSeq === append.expectedSeq) return false;
  if (lastSeq !== undefined && lastSeq >= append.lastSeq) append.resolve();
  else append.reject(logConflict(append.runId));
  return true;
};

const sqlStateOf = (error: unknown): string | undefined => (error instanceof DatabaseError ? error.code : undefined);

const waitingFor = ({ appends, uses }: Group): readonly Waiting[] => [...uses, ...appends];

const refuse = (group: Group, error: unknown): void => {
  for (const { reject } of waitingFor(group)) reject(error);
};

const isLeaseLost = (error: unknown): error is PlatformError =>
  error instanceof PlatformError && error.code === 'IA_RUNTIME_LEASE_LOST';

const logConflict = (runId: string): PlatformError =>
  new PlatformError({
    code: 'IA_RUNTIME_LOG_CONFLICT',
    message: `The log of run ${runId} does not end where this worker left it.`,
    fault: 'bug',
  });

const stopped = (): PlatformError =>
  new PlatformError({
    code: 'IA_RUNTIME_STOPPED',
    message: 'The runtime stopped before the events were committed.',
    hint: 'The worker that goes on with the run makes them again.',
    fault: 'infra',
    disposition: 'pause',
  });
