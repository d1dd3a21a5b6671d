import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { Client, type ClientBase, DatabaseError, type QueryConfig, type QueryResult } from 'pg';

export type DatabaseConnection = {
  /**
   * Runs `work` on the one connection, connecting first when there is none. Calls must not overlap. A failure that
   * cost the connection (anything but an answer of the server) makes the next call connect anew.
   */
  use<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** Says goodbye to the server, and waits a second for its answer. */
  close(): Promise<void>;
};

const CONNECT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 20_000;
const CLOSE_TIMEOUT_MS = 1_000;
export const DEFAULT_MAX_SILENCE_MS = 20_000;
const BY_KEY_SETTINGS = '-c enable_seqscan=off';

export type DatabaseConnectionOptions = {
  readonly url: string;
  readonly applicationName: string;
  /**
   * The server ends a transaction that stays silent for so long, so that a frozen process keeps no locks.
   * @default 20000
   */
  readonly maxSilenceMs?: number;
  /**
   * Says that every query finds its rows by key: a plan that was made and kept while a table was small must not scan it
   * when it has grown. @default false
   */
  readonly findsByKey?: boolean;
  /** Sends queries without waiting for the answers to those before. @default false */
  readonly pipelines?: boolean;
};

/** Opens one dedicated connection lazily and again after it was lost. */
export const createDatabaseConnection = (options: DatabaseConnectionOptions): DatabaseConnection => {
  let current: Client | undefined;
  let isClosed = false;

  const connect = async (): Promise<Client> => {
    const client = new Client({
      connectionString: options.url,
      application_name: options.applicationName,
      idle_in_transaction_session_timeout: options.maxSilenceMs ?? DEFAULT_MAX_SILENCE_MS,
      pipeline: options.pipelines ?? false,
      ...(options.findsByKey === true ? { options: BY_KEY_SETTINGS } : {}),
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
    });
    client.on('error', () => drop(client));
    client.on('end', () => drop(client));
    await client.connect();
    if (isClosed) {
      drop(client);
      throw new Error('The connection was closed while it was being made.');
    }
    current = client;
    return client;
  };

  const drop = (client: Client): void => {
    if (current === client) current = undefined;
    void endWithin(CLOSE_TIMEOUT_MS, client);
  };

  return {
    use: async (work) => {
      const client = current ?? (await connect());
      try {
        return await work(client);
      } catch (error) {
        if (!leavesConnectionUsable(error)) drop(client);
        throw error;
      }
    },
    close: async () => {
      isClosed = true;
      const client = current;
      current = undefined;
      if (client !== undefined) await endWithin(CLOSE_TIMEOUT_MS, client);
    },
  };
};

/** Ends a connection, however long its server has been silent. */
const endWithin = async (timeoutMs: number, client: Client): Promise<void> => {
  const ended = client.end().catch(() => undefined);
  await Promise.race([ended, delay(timeoutMs, undefined, { ref: false })]);
  client.connection.stream.destroy();
};

/** Runs `work` between begin and commit; rolls back when it throws and the connection still answers. */
export const inTransaction = async <T>(client: ClientBase, work: () => Promise<T>): Promise<T> => {
  await client.query('begin');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    if (leavesConnectionUsable(error)) await client.query('rollback');
    throw error;
  }
};

/**
 * The same with queries that are sent in one go with `begin`, over a connection that pipelines: what decides about the
 * commit gets their answers. The first that fails is what is thrown; those behind it fail with it.
 */
export const inTransactionOf = async <T>(
  client: ClientBase,
  queries: readonly QueryConfig[],
  decide: (results: readonly QueryResult[]) => Promise<T>,
): Promise<T> => {
  const sent = [client.query('begin'), ...queries.map((query) => client.query(query))];
  const answers = await Promise.allSettled(sent);
  try {
    const results: QueryResult[] = [];
    for (const answer of answers) {
      if (answer.status === 'rejected') throw answer.reason;
      results.push(answer.value);
    }
    const result = await decide(results.slice(1));
    await client.query('commit');
    return result;
  } catch (error) {
    if (leavesConnectionUsable(error)) await client.query('rollback');
    throw error;
  }
};

const leavesConnectionUsable = (error: unknown): boolean => {
  if (error instanceof PlatformError) return true;
  return error instanceof DatabaseError && !isShutdownState(error.code);
};

const isShutdownState = (code: string | undefined): boolean =>
  code === undefined || code.startsWith('08') || code.startsWith('57P');

/** SQLSTATE classes: wrong data, a constraint that it does not keep, more than a program may take. */
const DATA_CLASSES: ReadonlySet<string | undefined> = new Set(['22', '23', '54']);

/** Tells a refusal of the data itself, which a retry can't change, from trouble with the server. */
export const isDataError = (error: unknown): error is DatabaseError =>
  error instanceof DatabaseError && DATA_CLASSES.has(error.code?.slice(0, 2));
