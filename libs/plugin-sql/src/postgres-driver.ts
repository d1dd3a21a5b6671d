// oxlint-disable-next-line typescript/triple-slash-reference -- packages that read this source need the declarations, too.
/// <reference path="./drivers.d.ts" />
import type { JsonObject } from '@ia-modules/plugin-sdk';
import type { Client, QueryResult } from 'pg';
import Cursor from 'pg-cursor';
import { createBoundedRows } from './bounded-rows.ts';
import { dispose } from './dispose.ts';
import { GuardedSocket } from './guarded-socket.ts';
import { POSTGRES_TYPES } from './postgres-values.ts';
import type { SqlBounds, SqlDriver, SqlResult, SqlStatement } from './sql-session.ts';

const ROWS_AT_ONCE = 100;
const CANCEL_MS = 1_000;

export type PostgresConnection = Client;

/** `cancel` ends the statement that runs on a connection, over another one. */
export const createPostgresDriver = (
  cancel: (connection: PostgresConnection) => Promise<void>,
): SqlDriver<PostgresConnection> => ({
  begin: async (connection, { isReadOnly, timeoutMs }) => {
    socketOf(connection)?.resetCount();
    await connection.query(`begin${isReadOnly ? ' read only' : ''}`);
    await connection.query(`set local statement_timeout = ${timeoutMs}`);
  },
  execute,
  end: async (connection, how) => {
    await connection.query(how);
    // Whoever gets the connection next finds nothing of this call.
    await connection.query('discard all');
    await connection.query(SESSION);
  },
  interrupt: async (connection) => {
    dispose(connection, 'interrupted');
    const hangUp = (): void => void socketOf(connection)?.destroy();
    // A server that answers nothing answers no request to cancel either.
    const late = setTimeout(hangUp, CANCEL_MS);
    await cancel(connection).catch(() => {});
    clearTimeout(late);
    hangUp();
  },
});

/** How values are written in every session: `postgres-values.ts` reads them. */
export const SESSION = `set datestyle = 'ISO'; set timezone = 'UTC'; set bytea_output = 'hex'; set intervalstyle = 'iso_8601'`;

const sockets = new WeakMap<PostgresConnection, GuardedSocket>();

export const rememberSocket = (connection: PostgresConnection, socket: GuardedSocket): void => {
  sockets.set(connection, socket);
};

const socketOf = (connection: PostgresConnection): GuardedSocket | undefined => sockets.get(connection);

/** A cursor takes one statement alone and stops where it is told to. */
const execute = async (
  connection: PostgresConnection,
  { sql, bindings }: SqlStatement,
  bounds: SqlBounds,
): Promise<SqlResult> => {
  socketOf(connection)?.expectRows(bounds.maxBytes);
  const cursor = connection.query(new Cursor(sql, bindings, { types: POSTGRES_TYPES }));
  const taken = createBoundedRows(bounds);
  while (true) {
    const asked = Math.min(ROWS_AT_ONCE, bounds.maxRows + 1);
    const { rows, result } = await readSome(cursor, asked);
    if (!rows.every((row) => taken.add(row))) {
      await new Promise<void>((resolve) => cursor.close(resolve));
      return { ...describe(result, taken.rows), hasMore: true };
    }
    if (rows.length < asked) return { ...describe(result, taken.rows), hasMore: false };
  }
};

type Page = { readonly rows: JsonObject[]; readonly result: QueryResult };

const readSome = (cursor: Cursor, maxRows: number): Promise<Page> =>
  new Promise((resolve, reject) => {
    cursor.read(maxRows, (error, rows, result) => {
      if (error === undefined || error === null) resolve({ rows: rows as JsonObject[], result });
      else reject(error);
    });
  });

const WRITES: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

const describe = ({ command, rowCount, fields }: QueryResult, rows: readonly JsonObject[]) => ({
  rows,
  columns: (fields ?? []).map(({ name }) => name),
  affected: WRITES.has(command) ? (rowCount ?? 0) : 0,
});
