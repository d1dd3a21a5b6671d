import { createHash, randomUUID } from 'node:crypto';
import { PluginError } from '@ia-modules/plugin-sdk';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import { dispose } from './dispose.ts';
import { createFileSlots } from './file-slots.ts';
import { createPostgresPool, type PooledKnex } from './postgres-pool.ts';
import { sqlError } from './sql-error.ts';
import type { SessionMode, SqlSession, SqlStatement } from './sql-session.ts';
import { MEMORY, type SqlTarget } from './sql-target.ts';
import { type GrowingFile, reserveRoom } from './reserve-room.ts';
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

type Entry = PooledKnex<unknown> & {
  readonly key: string;
  readonly place: SqlTarget;
  users: number;
  usedAt: number;
};

const MAX_POOLS_OF_TENANT = 20;
const IDLE_MS = 60_000;
const MAX_FILES_AT_ONCE = 16;

/** Of all tenants of this process. */
const fileSlots = createFileSlots({ total: MAX_FILES_AT_ONCE, perTenant: MAX_FILES_AT_ONCE / 4 });

/** Keeps few connections for each tenant and connection string, and closes them when nobody uses them. */
export const createSqlPools = (): SqlPools => {
  const pools = new Map<string, Entry>();
  const sweep = async (): Promise<void> => {
    const unused = [...pools].filter(([, { users }]) => users === 0).sort(([, a], [, b]) => a.usedAt - b.usedAt);
    const files = [...pools.values()].filter(({ place }) => place.kind === 'sqlite').length;
    const surplus = new Set(
      unused.filter(([, { place }]) => place.kind === 'sqlite').slice(0, Math.max(0, files - MAX_FILES_AT_ONCE)),
    );
    const idle = unused.filter((one) => one[1].usedAt < Date.now() - IDLE_MS || surplus.has(one));
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
  path: path === MEMORY ? MEMORY : await ctx.files.resolve(path, { toWriteBytes: 0 }),
});

const isMemory = (target: SqlTarget): boolean => target.kind === 'sqlite' && target.path === MEMORY;

const createEntry = (key: string, { ctx, target }: Pick<SqlCall, 'ctx' | 'target'>): Entry => ({
  key,
  ...((target.kind === 'sqlite'
    ? createSqlitePool(target.path)
    : createPostgresPool(target, ctx.net.connect.bind(ctx.net))) as PooledKnex<unknown>),
  place: target,
  users: 0,
  usedAt: Date.now(),
});

type Client = {
  readonly acquireConnection: () => Promise<object>;
  readonly releaseConnection: (connection: object) => Promise<void>;
};

type Bound = { readonly bound: unknown[]; readonly stopped: AbortSignal };

const runSession = async <T>(entry: Entry, call: SqlCall, work: (session: SqlSession) => Promise<T>): Promise<T> => {
  const { ctx, target, mode } = call;
  const bound: unknown[] = [];
  const timeout = AbortSignal.timeout(mode.timeoutMs);
  const stopped = AbortSignal.any([ctx.signal, timeout]);
  let giveBack: (() => void) | undefined;
  try {
    stopped.throwIfAborted();
    if (target.kind === 'sqlite') giveBack = await fileSlots.take(ctx.tenantId, stopped);
    return await transact(entry, { ...call, bound, stopped }, work);
  } catch (error) {
    if (ctx.signal.aborted) throw ctx.signal.reason;
    if (timeout.aborted) throw outOfTime(mode.timeoutMs);
    throw sqlError(error, bound);
  } finally {
    giveBack?.();
  }
};

const transact = async <T>(
  { knex, driver, place }: Entry,
  { ctx, mode, bound, stopped }: SqlCall & Bound,
  work: (session: SqlSession) => Promise<T>,
): Promise<T> => {
  const client = knex.client as Client;
  const connection = await client.acquireConnection();
  const interrupt = (): void => void driver.interrupt(connection);
  stopped.addEventListener('abort', interrupt, { once: true });
  if (stopped.aborted) interrupt();
  const session: SqlSession = {
    kind: place.kind,
    build: (write) => toStatement(write(knex).toSQL().toNative()),
    execute: (statement, bounds) => {
      bound.push(...statement.bindings);
      return driver.execute(connection, statement, bounds);
    },
  };
  let growing: GrowingFile | undefined;
  try {
    growing = await reserveRoom({ ctx, place, isReadOnly: mode.isReadOnly });
    await driver.begin(connection, { ...mode, ...growing });
    const result = await work(session);
    await driver.end(connection, 'commit');
    return result;
  } catch (error) {
    if (!stopped.aborted) await driver.end(connection, 'rollback').catch(() => dispose(connection, 'not clean'));
    throw error;
  } finally {
    stopped.removeEventListener('abort', interrupt);
    await growing?.release();
    await client.releaseConnection(connection);
  }
};

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
