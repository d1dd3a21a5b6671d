import { createHash, randomUUID } from 'node:crypto';
import { PluginError } from '@ia-modules/plugin-sdk';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import { dispose } from './dispose.ts';
import { createPostgresPool, type PooledKnex } from './postgres-pool.ts';
import { sqlError } from './sql-error.ts';
import type { SessionMode, SqlSession, SqlStatement } from './sql-session.ts';
import { MEMORY, type SqlTarget } from './sql-target.ts';
import { createSqlitePool } from './sqlite-pool.ts';

export type SqlPools = {
  /**
   * Runs work in one transaction, which is committed when it succeeds.
   * @throws PluginError which names neither the connection nor what was bound
   */
  readonly run: <T>(call: SqlCall, work: (session: SqlSession) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
};

export type SqlCall = { readonly ctx: TrustedContext; readonly target: SqlTarget; readonly mode: SessionMode };

type Entry = PooledKnex<unknown> & { readonly key: string; users: number; usedAt: number };

const MAX_POOLS_OF_TENANT = 20;
const IDLE_MS = 60_000;

/** Keeps few connections for each tenant and connection string, and closes them when nobody uses them. */
export const createSqlPools = (): SqlPools => {
  const pools = new Map<string, Entry>();
  const sweep = async (): Promise<void> => {
    const idle = [...pools].filter(([, { users, usedAt }]) => users === 0 && usedAt < Date.now() - IDLE_MS);
    for (const [key] of idle) pools.delete(key);
    await Promise.all(idle.map(([, { knex }]) => knex.destroy()));
  };
  const enter = async ({ ctx, target }: SqlCall): Promise<Entry> => {
    await sweep();
    const place = target.kind === 'sqlite' ? await locate(ctx, target.path) : target;
    // Nobody else may see a database that is not kept.
    const name = isMemory(place) ? randomUUID() : createHash('sha256').update(JSON.stringify(place)).digest('hex');
    const key = `${ctx.tenantId}/${name}`;
    const known = pools.get(key);
    if (known !== undefined) return known;
    const owned = [...pools.keys()].filter((other) => other.startsWith(`${ctx.tenantId}/`));
    if (owned.length >= MAX_POOLS_OF_TENANT) throw tooMany();
    const entry = createEntry(key, { ctx, target: place });
    pools.set(key, entry);
    return entry;
  };
  return {
    run: async (call, work) => {
      const entry = await enter(call);
      entry.users += 1;
      try {
        return await runSession(entry, call, work);
      } finally {
        entry.users -= 1;
        entry.usedAt = Date.now();
        if (isMemory(call.target)) {
          pools.delete(entry.key);
          await entry.knex.destroy();
        }
      }
    },
    close: async () => {
      const all = [...pools.values()];
      pools.clear();
      await Promise.all(all.map(({ knex }) => knex.destroy()));
    },
  };
};

const locate = async (ctx: TrustedContext, path: string): Promise<SqlTarget> => ({
  kind: 'sqlite',
  path: path === MEMORY ? MEMORY : await ctx.files.resolve(path),
});

const isMemory = (target: SqlTarget): boolean => target.kind === 'sqlite' && target.path === MEMORY;

const createEntry = (key: string, { ctx, target }: Pick<SqlCall, 'ctx' | 'target'>): Entry => ({
  key,
  ...((target.kind === 'sqlite'
    ? createSqlitePool(target.path)
    : createPostgresPool(target, ctx.net.connect.bind(ctx.net))) as PooledKnex<unknown>),
  users: 0,
  usedAt: Date.now(),
});

type Client = {
  readonly acquireConnection: () => Promise<object>;
  readonly releaseConnection: (connection: object) => Promise<void>;
};

const runSession = async <T>(
  { knex, driver }: Entry,
  { ctx, target, mode }: SqlCall,
  work: (session: SqlSession) => Promise<T>,
): Promise<T> => {
  const client = knex.client as Client;
  const bound: unknown[] = [];
  const timeout = AbortSignal.timeout(mode.timeoutMs);
  const stopped = AbortSignal.any([ctx.signal, timeout]);
  stopped.throwIfAborted();
  const connection = await acquire(client, bound);
  const interrupt = (): void => void driver.interrupt(connection);
  stopped.addEventListener('abort', interrupt, { once: true });
  if (stopped.aborted) interrupt();
  const session: SqlSession = {
    kind: target.kind,
    build: (write) => toStatement(write(knex).toSQL().toNative()),
    execute: (statement, bounds) => {
      bound.push(...statement.bindings);
      return driver.execute(connection, statement, bounds);
    },
  };
  try {
    await driver.begin(connection, mode);
    const result = await work(session);
    await driver.end(connection, 'commit');
    return result;
  } catch (error) {
    if (ctx.signal.aborted) throw ctx.signal.reason;
    if (timeout.aborted) throw outOfTime(mode.timeoutMs);
    await driver.end(connection, 'rollback').catch(() => dispose(connection, 'not clean'));
    throw sqlError(error, bound);
  } finally {
    stopped.removeEventListener('abort', interrupt);
    await client.releaseConnection(connection);
  }
};

const acquire = (client: Client, bound: readonly unknown[]): Promise<object> =>
  client.acquireConnection().catch((error: unknown) => {
    throw sqlError(error, bound);
  });

const toStatement = ({ sql, bindings }: { readonly sql: string; readonly bindings: readonly unknown[] }) =>
  ({ sql, bindings }) as SqlStatement;

const outOfTime = (timeoutMs: number): PluginError =>
  new PluginError({
    name: 'TimeoutError',
    message: `The database did not answer within ${timeoutMs} ms.`,
    hint: 'Raise timeout_ms, or ask for less.',
    retryable: true,
  });

const tooMany = (): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_LIMIT',
    message: `A tenant uses at most ${MAX_POOLS_OF_TENANT} databases at once.`,
    retryable: true,
  });
