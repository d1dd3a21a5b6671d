// oxlint-disable-next-line typescript/triple-slash-reference -- packages that read this source need the declarations, too.
/// <reference path="./drivers.d.ts" />
import { type Json, type JsonObject, PluginError } from '@ia-modules/plugin-sdk';
import knex from 'knex';
import SqliteDialect from 'knex/lib/dialects/sqlite3/index.js';
import { dispose } from './dispose.ts';
import { POOL, SILENT_LOG } from './pool-settings.ts';
import { CONNECT_TIMEOUT_MS, type PooledKnex } from './postgres-pool.ts';
import type { SqlDriver } from './sql-session.ts';
import type { SqliteValue } from './sqlite-messages.ts';
import { type SqliteProcess, startSqliteProcess } from './sqlite-process.ts';

const MAX_STATEMENT_MS = 60_000;

/** The one connection to a SQLite file. A statement computes all the time, and has less of it than a call. */
export const createSqlitePool = (
  path: string,
  maxStatementMs: number = MAX_STATEMENT_MS,
): PooledKnex<SqliteProcess> => ({
  knex: knex({
    client: createDialect(path),
    connection: { filename: path },
    useNullAsDefault: true,
    pool: { ...POOL, max: 1 },
    acquireConnectionTimeout: CONNECT_TIMEOUT_MS,
    log: SILENT_LOG,
  }),
  driver: createDriver(maxStatementMs),
});

/** knex writes the statements; node:sqlite runs them, in another process. */
const createDialect = (path: string) =>
  class NodeSqlite extends SqliteDialect {
    _driver(): object {
      return {};
    }

    override acquireRawConnection(): Promise<SqliteProcess> {
      return startSqliteProcess(path);
    }

    override async destroyRawConnection(connection: SqliteProcess): Promise<void> {
      connection.kill();
    }
  };

const createDriver = (maxStatementMs: number): SqlDriver<SqliteProcess> => ({
  begin: async (connection, { isReadOnly, maxGrowthBytes = Number.MAX_SAFE_INTEGER }) =>
    void (await connection.ask({ type: 'begin', isReadOnly, maxGrowthBytes })),
  execute: async (connection, { sql, bindings }, bounds) => {
    const timer = setTimeout(() => connection.fail(outOfTurn(maxStatementMs)), maxStatementMs);
    const asked = connection.ask({ type: 'execute', sql, bindings: bindings.map(toSqlite), ...bounds });
    const outcome = await asked.finally(() => clearTimeout(timer));
    const { columns = [], rows = [], affected = 0, hasMore = false } = outcome ?? {};
    return { rows: rows.map((row) => toObject(columns, row)), columns, affected, hasMore };
  },
  end: async (connection, how) => void (await connection.ask({ type: 'end', how })),
  interrupt: async (connection) => {
    dispose(connection, 'interrupted');
    connection.kill();
  },
});

const outOfTurn = (maxStatementMs: number): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_LIMIT',
    message: `A statement of SQLite may run for ${maxStatementMs / 1_000} seconds.`,
    hint: 'Ask for less at once, or add an index.',
  });

const toSqlite = (value: Json): SqliteValue => {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
};

const toObject = (columns: readonly string[], row: readonly SqliteValue[]): JsonObject =>
  Object.fromEntries(columns.map((name, index) => [name, toJson(row[index] ?? null)]));

const toJson = (value: SqliteValue): Json => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
};
