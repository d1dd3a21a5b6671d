import { setTimeout as delay } from 'node:timers/promises';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@ia-modules/database/embedded-postgres';
import type { Report } from './build-artifacts.ts';
import { isAlive } from './process-table.ts';

export type PostgresOptions = Readonly<{ dataDir: string; port: number; superuserPassword: string; report: Report }>;

const DATABASE = 'ia_modules';
const CHECK_MS = 1_000;
const LONGEST_BACKOFF_MS = 30_000;

/** The embedded PostgreSQL, started again on the same port when it ends unasked. */
export class SupervisedPostgres {
  #options: PostgresOptions;
  #server: EmbeddedPostgres;
  #stopping = new AbortController();
  #watching: Promise<void>;

  static async start(options: PostgresOptions): Promise<SupervisedPostgres> {
    return new SupervisedPostgres(options, await startEmbeddedPostgres(options));
  }

  private constructor(options: PostgresOptions, server: EmbeddedPostgres) {
    this.#options = { ...options, port: server.port };
    this.#server = server;
    this.#watching = this.#watch();
  }

  /** The superuser's connection to the platform's database. */
  get adminUrl(): string {
    const url = new URL(this.#server.adminUrl);
    url.pathname = `/${DATABASE}`;
    return url.toString();
  }

  get pid(): number {
    return this.#server.pid;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
    await this.#server.stop();
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopping;
    let backoffMs = CHECK_MS;
    while (!signal.aborted) {
      await delay(backoffMs, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted || isAlive(this.#server.pid)) {
        backoffMs = CHECK_MS;
        continue;
      }
      this.#options.report('PostgreSQL ended: starting it again');
      try {
        this.#server = await startEmbeddedPostgres(this.#options);
        this.#options.report(`PostgreSQL is up again (process ${this.#server.pid})`);
      } catch (error) {
        this.#options.report(`PostgreSQL did not start: ${(error as Error).message}`);
        backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
      }
    }
  }
}
