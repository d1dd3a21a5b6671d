// oxlint-disable-next-line typescript/triple-slash-reference -- packages that read this source need the declarations, too.
/// <reference path="./drivers.d.ts" />
import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import knex, { type Knex } from 'knex';
import PostgresDialect from 'knex/lib/dialects/postgres/index.js';
import pg from 'pg';
import { createMessageCheck } from './check-messages.ts';
import { containThrows } from './contain-throws.ts';
import { dispose } from './dispose.ts';
import { GuardedSocket } from './guarded-socket.ts';
import { POOL, SILENT_LOG } from './pool-settings.ts';
import { createPostgresDriver, type PostgresConnection, rememberSocket, SESSION } from './postgres-driver.ts';
import type { SqlDriver } from './sql-session.ts';
import type { PostgresTarget } from './sql-target.ts';

export const CONNECT_TIMEOUT_MS = 15_000;

export type PooledKnex<C> = { readonly knex: Knex; readonly driver: SqlDriver<C> };

/** Connections to one database, whose sockets come through the guarded door. */
export const createPostgresPool = (
  target: PostgresTarget,
  connect: TrustedContext['net']['connect'],
): PooledKnex<PostgresConnection> => {
  const pool = knex({
    client: createDialect(target, connect),
    connection: {},
    pool: { ...POOL, max: 4 },
    acquireConnectionTimeout: CONNECT_TIMEOUT_MS,
    log: SILENT_LOG,
  });
  const client = pool.client as { cancelQuery: (connection: PostgresConnection) => Promise<void> };
  return { knex: pool, driver: createPostgresDriver((connection) => client.cancelQuery(connection)) };
};

/** What pg speaks the protocol over: with TLS, its stream is another one. */
type Wire = EventEmitter & { readonly stream: Duplex };

/** knex's own dialect, with connections of ours. */
const createDialect = (target: PostgresTarget, connect: TrustedContext['net']['connect']) =>
  class GuardedPostgres extends PostgresDialect {
    override async acquireRawConnection(): Promise<PostgresConnection> {
      const socket = new GuardedSocket(connect);
      const connection: PostgresConnection = new pg.Client(settingsOf(target, socket));
      connection.on('error', (error) => dispose(connection, error));
      connection.on('end', () => dispose(connection, 'ended'));
      rememberSocket(connection, socket);
      const { connection: wire } = connection as unknown as { readonly connection: Wire };
      const check = createMessageCheck(() => socket.maxRowBytes);
      containThrows(socket, target.hasTls ? undefined : check);
      wire.once('sslconnect', () => containThrows(wire.stream, check));
      await connection.connect();
      await connection.query(SESSION);
      return connection;
    }
  };

/** pg fills what is left out, or empty, from the environment and from files of this machine. */
const settingsOf = ({ host, port, database, user, password, hasTls, ca }: PostgresTarget, socket: GuardedSocket) => ({
  host,
  port,
  database,
  user,
  password: () => password,
  ssl: hasTls && { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) },
  sslnegotiation: 'postgres' as const,
  application_name: 'ia-modules',
  client_encoding: 'UTF8',
  options: '-c client_min_messages=warning',
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  stream: () => socket as never,
});
