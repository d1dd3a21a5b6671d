import { setTimeout as delay } from 'node:timers/promises';
import {
  type AuditOrigin,
  type Database,
  type Permission,
  type Prisma,
  type Principal,
  withTenant,
  withTenantClient,
} from '@ia-modules/database';
import type { PoolClient } from 'pg';
import { requireAccess } from './access.ts';
import type { OperationLifetime } from './operation-lifetime.ts';
import { refusingValues } from './refused-value.ts';

type OpenRead = {
  readonly tenantId: string;
  readonly client: PoolClient;
  readonly end: () => void;
  readonly finished: Promise<void>;
};

export type TenantSessionInit = {
  readonly database: Database;
  readonly principal: () => Principal | null;
  readonly origin: AuditOrigin;
  readonly lifetime: OperationLifetime;
};

/** A statement that begins just as the one before it was cancelled is cancelled with the next attempt. */
const CANCEL_AGAIN_MS = 200;

/**
 * The one door to tenant data within a GraphQL operation: checks the principal, then runs work in a transaction of that
 * tenant. Reads share one lazily opened transaction, and an operation holds at most one connection at a time, so that
 * operations that visit several tenants can't starve each other of connections. Work must not call the session again.
 * When the operation's time is over, what runs in the database is cancelled and nothing begins any more.
 */
export class TenantSession {
  readonly #init: TenantSessionInit;
  #open: OpenRead | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #pending = 0;
  readonly #tenantIds = new Set<string>();
  /** Which backend works for the operation now. */
  #backendId: number | null = null;
  #cancelling: Promise<void> | null = null;

  constructor(init: TenantSessionInit) {
    this.#init = init;
    init.lifetime.onEnd(() => void this.#cancelWork());
  }

  /** @throws PlatformError when the principal may not, see {@link requireAccess}. */
  async read<T>(tenantId: string, permission: Permission, work: (client: PoolClient) => Promise<T>): Promise<T> {
    requireAccess(this.#init.principal(), tenantId, permission);
    this.#tenantIds.add(tenantId);
    return this.#exclusively(async () => {
      const open = await this.#openRead(tenantId);
      try {
        // It may have waited long for its connection.
        this.#init.lifetime.throwIfEnded();
        return await refusingValues(() => work(open.client));
      } catch (error) {
        await this.#endRead();
        throw error;
      }
    });
  }

  /** Runs work in a transaction of its own, committed when the promise resolves. */
  async write<T>(
    tenantId: string,
    permission: Permission,
    work: (tx: Prisma.TransactionClient, principal: Principal) => Promise<T>,
  ): Promise<T> {
    const principal = requireAccess(this.#init.principal(), tenantId, permission);
    return this.#change(tenantId, (tx) => work(tx, principal));
  }

  /** As {@link write}, for whoever operates the platform and need not belong to the tenant. The caller has checked that. */
  async operate<T>(tenantId: string, work: (tx: Prisma.TransactionClient) => Promise<T>): Promise<T> {
    return this.#change(tenantId, work);
  }

  /** Gives the connection back; the session may be used again. */
  async close(): Promise<void> {
    if (this.#open === null && this.#pending === 0) return;
    const closed = this.#queue.then(() => this.#endRead());
    this.#queue = closed;
    await closed;
  }

  /** Whose data was asked for. */
  get tenantIds(): ReadonlySet<string> {
    return this.#tenantIds;
  }

  #change<T>(tenantId: string, work: (tx: Prisma.TransactionClient) => Promise<T>): Promise<T> {
    this.#tenantIds.add(tenantId);
    const { database, origin, lifetime } = this.#init;
    return this.#exclusively(async () => {
      await this.#endRead();
      const options = { origin, statementTimeoutMs: lifetime.statementTimeoutMs, onBackend: this.#startWork };
      return refusingValues(() =>
        withTenant(
          database,
          tenantId,
          async (tx) => {
            try {
              lifetime.throwIfEnded();
              return await work(tx);
            } finally {
              await this.#endWork();
            }
          },
          options,
        ),
      );
    });
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    this.#pending += 1;
    const result = this.#queue.then(() => {
      this.#init.lifetime.throwIfEnded();
      return work();
    });
    const settled = (): void => {
      this.#pending -= 1;
    };
    this.#queue = result.then(settled, settled);
    return result;
  }

  async #openRead(tenantId: string): Promise<OpenRead> {
    if (this.#open?.tenantId === tenantId) return this.#open;
    await this.#endRead();
    const { database, lifetime } = this.#init;
    const opened = Promise.withResolvers<PoolClient>();
    const gate = Promise.withResolvers<void>();
    const finished = withTenantClient(
      database.pool,
      tenantId,
      (client) => {
        opened.resolve(client);
        return gate.promise;
      },
      { statementTimeoutMs: lifetime.statementTimeoutMs, onBackend: this.#startWork },
    );
    finished.catch(opened.reject);
    const client = await opened.promise;
    this.#open = { tenantId, client, end: gate.resolve, finished };
    return this.#open;
  }

  async #endRead(): Promise<void> {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    await this.#endWork();
    open.end();
    // A read that failed has aborted its transaction already: its commit is a rollback, its error was reported.
    await open.finished.catch(() => undefined);
  }

  readonly #startWork = (backendId: number): void => {
    this.#backendId = backendId;
    if (this.#init.lifetime.error !== null) void this.#cancelWork();
  };

  /** The connection goes to others next: a cancellation that is under way must have arrived before. */
  async #endWork(): Promise<void> {
    this.#backendId = null;
    if (this.#cancelling !== null) await this.#cancelling;
  }

  async #cancelWork(): Promise<void> {
    const backendId = this.#backendId;
    if (backendId === null) return;
    while (this.#backendId === backendId) {
      this.#cancelling = this.#init.database.cancel(backendId).catch(() => undefined);
      await this.#cancelling;
      this.#cancelling = null;
      await delay(CANCEL_AGAIN_MS);
    }
  }
}
