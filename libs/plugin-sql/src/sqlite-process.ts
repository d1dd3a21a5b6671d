import { type ChildProcess, fork } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dispose } from './dispose.ts';
import type { SqliteOutcome, SqliteReply, SqliteRequest } from './sqlite-messages.ts';
import { MEMORY } from './sql-target.ts';

const MAIN = fileURLToPath(
  new URL(`sqlite-main${import.meta.filename.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);

/** Files that SQLite keeps beside a database. */
const SUFFIXES = ['', '-journal', '-wal', '-shm'] as const;

/** A request without its number. */
type Asked = SqliteRequest extends infer R ? (R extends SqliteRequest ? Omit<R, 'id'> : never) : never;

export type SqliteProcess = {
  readonly ask: (request: Asked) => Promise<SqliteOutcome | null>;
  readonly kill: () => void;
  /** Ends the process; whoever waits for it gets the error. */
  readonly fail: (error: Error) => void;
};

/** What SQLite said, with its own number for it. */
export class SqliteError extends Error {
  readonly errcode: number;

  constructor(message: string, errcode: number) {
    super(message);
    this.errcode = errcode;
  }
}

/** Starts a process that may use this one file and nothing else. */
export const startSqliteProcess = async (path: string): Promise<SqliteProcess> => {
  const child = fork(MAIN, [], {
    execArgv: ['--permission', `--allow-fs-read=${dirname(MAIN)}/*`, ...fileGrants(path), ...NODE_FLAGS],
    env: {},
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const connection = createConversation(child);
  try {
    await connection.ask({ type: 'open', path });
    return connection;
  } catch (error) {
    connection.kill();
    throw error;
  }
};

const NODE_FLAGS = [
  '--max-old-space-size=192',
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=SecurityWarning',
];

const fileGrants = (path: string): string[] =>
  path === MEMORY
    ? []
    : SUFFIXES.flatMap((suffix) => [`--allow-fs-read=${path}${suffix}`, `--allow-fs-write=${path}${suffix}`]);

type Waiting = PromiseWithResolvers<SqliteOutcome | null>;

const createConversation = (child: ChildProcess): SqliteProcess => {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  const connection: SqliteProcess = {
    ask: (request) => {
      const answered = Promise.withResolvers<SqliteOutcome | null>();
      waiting.set(++lastId, answered);
      // A process that waits for nothing keeps nobody from ending.
      child.ref();
      child.channel?.ref();
      child.send({ ...request, id: lastId }, (error) => error !== null && fail(error));
      return answered.promise;
    },
    kill: () => void child.kill('SIGKILL'),
    fail: (error) => {
      fail(error);
      connection.kill();
    },
  };
  const settle = (id: number): Waiting | undefined => {
    const found = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) {
      child.unref();
      child.channel?.unref();
    }
    return found;
  };
  const fail = (error: Error): void => {
    dispose(connection, error);
    for (const id of waiting.keys()) settle(id)?.reject(error);
  };
  child.on('message', (reply: SqliteReply) => {
    if ('error' in reply) settle(reply.id)?.reject(new SqliteError(reply.error.message, reply.error.code));
    else settle(reply.id)?.resolve(reply.outcome);
  });
  child.on('error', fail);
  child.on('exit', () => fail(new SqliteError('The process of the database ended.', -1)));
  return connection;
};
