import type { TaskLogLine, TaskRequest } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { type DatabaseConnection, isDataError } from '../database/database-connection.ts';
import type { Lease } from '../lease/lease.ts';
import type { Clock } from '../run/clock.ts';
import type { RunReference } from '../run/run-store.ts';
import type { RuntimeLog } from '../runtime-log.ts';
import { type BufferedLines, createLineBuffer } from './line-buffer.ts';
import { createLineRoom } from './line-room.ts';
import { toStoredLine } from './stored-line.ts';
import { type LineAppend, type LinePosition, readLinePositions, writeLines } from './write-lines.ts';

export type LineWriterOptions = {
  readonly connection: DatabaseConnection;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly log: RuntimeLog;
};

const FLUSH_EVERY_MS = 200;

/**
 * Stores what attempts write for people: gathered for a moment, then in one statement for all runs. Lines are no events: a
 * worker that is killed loses what it gathered for up to 200 ms.
 */
export class LineWriter {
  readonly #options: LineWriterOptions;
  readonly #buffer = createLineBuffer();
  readonly #room = createLineRoom();
  /** What may be stored or not, as the answer got lost. */
  #unsure: readonly LineAppend[] = [];
  #flushing: Promise<void> = Promise.resolve();
  /** Runs whose lines are on their way. */
  #storing: ReadonlySet<string> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: LineWriterOptions) {
    this.#options = options;
  }

  write(run: RunReference, line: TaskLogLine, request: TaskRequest): void {
    if (this.#isClosed || this.#room.isFull(run.runId)) return;
    this.#buffer.add(run, toStoredLine(line, request, this.#options.clock.now()));
    this.#schedule();
  }

  /** Whether lines of the run are not stored yet. */
  hasLinesOf(runId: string): boolean {
    return this.#storing.has(runId) || !this.#buffer.isEmpty(runId);
  }

  /** Resolves when what was written so far is stored, or one try to store it has failed. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing = this.#flushing.then(() => this.#store());
    return this.#flushing;
  }

  /** Drops what is remembered of a run that left this worker. */
  forget(runId: string): void {
    this.#room.forget(runId);
  }

  async close(): Promise<void> {
    await this.flush();
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_EVERY_MS).unref();
  }

  async #store(): Promise<void> {
    try {
      if (this.#unsure.length > 0) await this.#settleUnsure();
      const taken = this.#buffer.takeAll();
      if (taken.length === 0) return;
      this.#storing = new Set(taken.map(({ runId }) => runId));
      await this.#findRoom(taken);
      const now = this.#options.clock.now();
      const appends = taken.flatMap((lines) => this.#room.fit(lines, now) ?? []);
      if (appends.length > 0) await this.#append(appends);
    } catch (error) {
      this.#noteTrouble(error);
    } finally {
      this.#storing = new Set();
    }
  }

  /** After a failure the lines are tried again, with those that come. */
  async #findRoom(taken: readonly BufferedLines[]): Promise<void> {
    const unknown = taken.filter(({ runId }) => !this.#room.isKnown(runId));
    if (unknown.length === 0) return;
    try {
      await this.#readPositions(unknown);
    } catch (error) {
      for (const { lines, tenantId, runId } of taken) {
        for (const line of lines) this.#buffer.add({ tenantId, runId }, line);
      }
      throw error;
    }
  }

  async #readPositions(runs: readonly RunReference[]): Promise<ReadonlyMap<string, LinePosition>> {
    const { connection, lease } = this.#options;
    const found = await connection.use((client) => readLinePositions(client, lease, runs));
    for (const [runId, position] of found) this.#room.set(runId, position);
    return found;
  }

  async #append(appends: readonly LineAppend[]): Promise<void> {
    const { connection, lease } = this.#options;
    try {
      const bytes = await connection.use((client) => writeLines(client, lease, appends));
      for (const append of appends) this.#room.use(append, bytes.get(append.runId) ?? 0);
    } catch (error) {
      if (isDataError(error)) return this.#appendApart(appends, error);
      if (!isLeaseLost(error)) this.#unsure = appends;
      throw error;
    }
  }

  /** A run that is gone must not take the lines of others along. */
  async #appendApart(appends: readonly LineAppend[], error: unknown): Promise<void> {
    if (appends.length > 1) {
      for (const one of appends) await this.#append([one]);
      return;
    }
    this.#options.log.warn({ err: error, runId: appends[0]?.runId }, 'Log lines of a run were refused.');
  }

  async #settleUnsure(): Promise<void> {
    const appends = this.#unsure;
    const found = await this.#readPositions(appends);
    this.#unsure = [];
    const missing = appends.filter(({ runId, after }) => (found.get(runId)?.seq ?? 0) <= after);
    if (missing.length > 0) await this.#append(missing);
  }

  #noteTrouble(error: unknown): void {
    if (isLeaseLost(error)) {
      this.#isClosed = true;
      return;
    }
    this.#options.log.warn({ err: error }, 'Log lines can not be stored; trying again.');
    this.#schedule();
  }
}

const isLeaseLost = (error: unknown): boolean =>
  error instanceof PlatformError && error.code === 'IA_RUNTIME_LEASE_LOST';
