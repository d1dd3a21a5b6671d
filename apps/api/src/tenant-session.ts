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
import { refusingValues } from './refused-value.ts';

type OpenRead = {
  readonly tenantId: string;
  readonly client: PoolClient;
  readonly end: () => void;
  readonly finished: Promise<void>;
};

/**
 * The one door to tenant data within a GraphQL operation: checks the principal, then runs work in a transaction of that
 * tenant. Reads share one lazily opened transaction, and an operation holds at most one connection at a time, so that
 * operations that visit several tenants can't starve each other of connections. Work must not call the session again.
 */
export class TenantSession {
  readonly #database: Database;
  readonly #principal: () => Principal | null;
  readonly #origin: AuditOrigin;
  #open: OpenRead | null = null;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(database: Database, principal: () => Principal | null, origin: AuditOrigin) {
    this.#database = database;
    this.#principal = principal;
    this.#origin = origin;
  }

  /** @throws PlatformError when the principal may not, see {@link requireAccess}. */
  async read<T>(tenantId: string, permission: Permission, work: (client: PoolClient) => Promise<T>): Promise<T> {
    requireAccess(this.#principal(), tenantId, permission);
    return this.#exclusively(async () => {
      const open = await this.#openRead(tenantId);
      try {
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
    const principal = requireAccess(this.#principal(), tenantId, permission);
    return this.#exclusively(async () => {
      await this.#endRead();
      return refusingValues(() =>
        withTenant(this.#database, tenantId, (tx) => work(tx, principal), { origin: this.#origin }),
      );
    });
  }

  /** As {@link write}, for whoever operates the platform and need not belong to the tenant. The caller has checked that. */
  async operate<T>(tenantId: string, work: (tx: Prisma.TransactionClient) => Promise<T>): Promise<T> {
    return this.#exclusively(async () => {
      await this.#endRead();
      return refusingValues(() => withTenant(this.#database, tenantId, work, { origin: this.#origin }));
    });
  }

  /** Gives the connection back; the session may be used again. */
  async close(): Promise<void> {
    await this.#exclusively(() => this.#endRead());
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #openRead(tenantId: string): Promise<OpenRead> {
    if (this.#open?.tenantId === tenantId) return this.#open;
    await this.#endRead();
    const opened = Promise.withResolvers<PoolClient>();
    const gate = Promise.withResolvers<void>();
    const finished = withTenantClient(this.#database.pool, tenantId, (client) => {
      opened.resolve(client);
      return gate.promise;
    });
    finished.catch(opened.reject);
    const client = await opened.promise;
    this.#open = { tenantId, client, end: gate.resolve, finished };
    return this.#open;
  }

  async #endRead(): Promise<void> {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    open.end();
    // A read that failed has aborted its transaction already: its commit is a rollback, its error was reported.
    await open.finished.catch(() => undefined);
  }
}
