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
import { mergeChanges, type RunChange } from './run-change.ts';

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

type QueuedAppend = PendingAppend & { readonly resolve: () => void; readonly reject: (error: unknown) => void };

const MAX_RUNS_PER_GROUP = 1_000;
const MAX_PLAN_AGE_MS = 5_000;
const FAILURES_PER_WARNING = 15;
const MAX_GROUP_CHARS = 16 * 1_024 * 1_024;

/** Commits the events of many runs together: while one transaction is in flight, the next group gathers. */
export class GroupCommitter {
  readonly #options: GroupCommitterOptions;
  readonly #closed = new AbortController();
  readonly #backoff = createBackoff(this.#closed.signal);
  readonly #queue: QueuedAppend[] = [];
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

  /** Refuses what is still queued and ends. */
  async close(): Promise<void> {
    this.#refusal ??= stopped();
    this.#closed.abort();
    await this.#draining;
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // what other runs append in this turn of the event loop comes along
    while (this.#queue.length > 0) await this.#commit(takeGroup(this.#queue));
    this.#draining = undefined;
  }

  async #commit(group: readonly QueuedAppend[]): Promise<void> {
    let rest = group;
    while (rest.length > 0) {
      if (this.#refusal !== undefined) {
        refuse(rest, this.#refusal);
        return;
      }
      rest = await this.#tryCommit(rest);
    }
  }

  /** Returns what has to be tried again. */
  async #tryCommit(group: readonly QueuedAppend[]): Promise<readonly QueuedAppend[]> {
    const { connection, lease, metrics } = this.#options;
    const startedAt = performance.now();
    const measure = (outcome: 'ok' | 'error'): void =>
      metrics.committed({ runs: group.length, durationMs: performance.now() - startedAt, outcome });
    try {
      await connection.use(async (client) => {
        await this.#forgetOldPlans(client);
        await writeGroup(client, lease, group);
      });
      measure('ok');
      this.#noteSuccess();
      for (const append of group) append.resolve();
      return [];
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

  async #handleFailure(group: readonly QueuedAppend[], error: unknown): Promise<readonly QueuedAppend[]> {
    if (isLeaseLost(error)) {
      this.#lose(error);
      return group;
    }
    if (!isDataError(error)) {
      this.#noteFailure(error);
      await this.#backoff.pause();
      return this.#findUncommitted(group);
    }
    if (group.length === 1) refuse(group, error);
    else for (const append of group) await this.#commit([append]);
    return [];
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
    while (this.#refusal === undefined) {
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

/** Takes appends off the queue, each run at most once a group, so that its appends stay in order and rows are unique. */
const takeGroup = (queue: QueuedAppend[]): readonly QueuedAppend[] => {
  const group = new Map<string, QueuedAppend[]>();
  let chars = 0;
  let taken = 0;
  for (const append of queue) {
    const ofRun = group.get(append.runId);
    if (taken > 0 && (chars >= MAX_GROUP_CHARS || (group.size >= MAX_RUNS_PER_GROUP && ofRun === undefined))) break;
    if (ofRun === undefined) group.set(append.runId, [append]);
    else ofRun.push(append);
    chars += append.events.reduce((sum, event) => sum + event.length, 0);
    chars += append.effects.results.reduce((sum, { output }) => sum + output.length, 0);
    taken += 1;
  }
  queue.splice(0, taken);
  return [...group.values()].flatMap(merge);
};

/** One append of all the consecutive ones of a run, which a wide map makes by the thousand. */
const merge = (appends: readonly QueuedAppend[]): QueuedAppend[] => {
  const [first] = appends;
  const last = appends.at(-1);
  if (first === undefined || last === undefined) return [];
  return [
    {
      ...last,
      expectedSeq: first.expectedSeq,
      events: appends.flatMap(({ events }) => events),
      consumedCommands: appends.flatMap(({ consumedCommands }) => consumedCommands),
      change: appends.map(({ change }) => change).reduce(mergeChanges),
      effects: mergeEffects(appends.map(({ effects }) => effects)),
      resolve: () => {
        for (const append of appends) append.resolve();
      },
      reject: (error) => {
        for (const append of appends) append.reject(error);
      },
    },
  ];
};

/** The last row of each approval, and everything that is sent, made or earned. */
const mergeEffects = (effects: readonly AppendEffects[]): AppendEffects => ({
  parking: effects.at(-1)?.parking ?? { isParked: false, wakeAt: null },
  approvals: [...new Map(effects.flatMap(({ approvals }) => approvals).map((row) => [row.key, row])).values()],
  isAbruptEnd: effects.some(({ isAbruptEnd }) => isAbruptEnd),
  outgoing: effects.flatMap(({ outgoing }) => outgoing),
  results: effects.flatMap(({ results }) => results),
  rewards: effects.flatMap(({ rewards }) => rewards),
  uses: effects.flatMap(({ uses }) => uses),
});

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

const refuse = (group: readonly QueuedAppend[], error: unknown): void => {
  for (const append of group) append.reject(error);
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
