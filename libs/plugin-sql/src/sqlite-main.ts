import process from 'node:process';
import { constants, DatabaseSync, type StatementSync } from 'node:sqlite';
import type { SqliteOutcome, SqliteReply, SqliteRequest, SqliteValue } from './sqlite-messages.ts';

/** Holds one SQLite file, in a process of its own: a statement that never ends can be ended with it. */
let database: DatabaseSync | undefined;
/** Whether the statement is one of ours: those of others may not change how the database works. */
let isTrusted = false;

const BUSY_TIMEOUT_MS = 5_000;
const MAX_HEAP_BYTES = 256 * 1024 * 1024;
const MAX_FILE_BYTES = 1024 * 1024 * 1024;

const READABLE_PRAGMAS: ReadonlySet<string> = new Set([
  'foreign_key_list',
  'foreign_keys',
  'index_info',
  'index_list',
  'table_info',
  'table_list',
  'table_xinfo',
  'user_version',
]);

const authorize = (action: number, first: string | null, second: string | null): number => {
  if (isTrusted) return constants.SQLITE_OK;
  if (action === constants.SQLITE_ATTACH || action === constants.SQLITE_DETACH) return constants.SQLITE_DENY;
  if (action === constants.SQLITE_PRAGMA) {
    return READABLE_PRAGMAS.has(first ?? '') ? constants.SQLITE_OK : constants.SQLITE_DENY;
  }
  if (action === constants.SQLITE_FUNCTION && second === 'load_extension') return constants.SQLITE_DENY;
  return constants.SQLITE_OK;
};

const open = (path: string): void => {
  database = new DatabaseSync(path, {
    allowExtension: false,
    timeout: BUSY_TIMEOUT_MS,
    enableForeignKeyConstraints: true,
    readBigInts: true,
    returnArrays: true,
    // VACUUM INTO attaches, too.
    limits: { attach: 0 },
  });
  database.enableDefensive(true);
  database.exec(`pragma trusted_schema = off; pragma temp_store = memory; pragma hard_heap_limit = ${MAX_HEAP_BYTES}`);
  database.setAuthorizer(authorize);
};

const asOurs = (sql: string): void => {
  isTrusted = true;
  try {
    database?.exec(sql);
  } finally {
    isTrusted = false;
  }
};

type Begin = Extract<SqliteRequest, { type: 'begin' }>;

const begin = ({ isReadOnly, maxGrowthBytes }: Begin): void => {
  asOurs(`pragma query_only = ${isReadOnly ? 'on' : 'off'}`);
  asOurs(isReadOnly ? 'begin' : 'begin immediate');
  const [pageBytes, pages] = [readOurs('pragma page_size'), readOurs('pragma page_count')];
  const maxBytes = Math.min(MAX_FILE_BYTES, pages * pageBytes + maxGrowthBytes);
  // SQLite never goes below what is there, and takes 0 for a question.
  asOurs(`pragma max_page_count = ${Math.max(1, Math.floor(maxBytes / pageBytes))}`);
};

const readOurs = (sql: string): number => {
  isTrusted = true;
  try {
    const row = database?.prepare(sql).get() as readonly [bigint] | undefined;
    return Number(row?.[0] ?? 0);
  } finally {
    isTrusted = false;
  }
};

type Execute = Extract<SqliteRequest, { type: 'execute' }>;

const execute = ({ sql, bindings, maxRows, maxBytes }: Execute): SqliteOutcome => {
  if (database === undefined) throw new Error('No database is open.');
  const statement = database.prepare(sql);
  if (hasMoreThan(sql, statement)) throw new Error('Only one statement can be run at a time.');
  const before = changes(database);
  const columns = statement.columns().map(({ name }) => name);
  const taken =
    columns.length === 0
      ? runAlone(statement, bindings)
      : readRows(statement, { bindings, maxRows, maxBytes, nameBytes: nameBytesOf(columns) });
  return { columns, ...taken, affected: changes(database) - before };
};

/** node:sqlite leaves out whatever follows the first statement. */
const hasMoreThan = (sql: string, { sourceSQL }: StatementSync): boolean =>
  sql
    .slice(sql.indexOf(sourceSQL) + sourceSQL.length)
    .replaceAll(/--[^\n]*|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/|[\s;]/g, '') !== '';

const changes = (opened: DatabaseSync): number => {
  const row = opened.prepare('select total_changes()').get() as unknown as readonly [bigint];
  return Number(row[0]);
};

const runAlone = (statement: StatementSync, bindings: readonly SqliteValue[]) => {
  statement.run(...bindings);
  return { rows: [], hasMore: false };
};

type Bounds = Pick<Execute, 'bindings' | 'maxRows' | 'maxBytes'> & { readonly nameBytes: number };

/** As JSON, each row has the names of its columns. */
const nameBytesOf = (columns: readonly string[]): number => columns.reduce((sum, name) => sum + name.length + 4, 2);

const readRows = (statement: StatementSync, { bindings, maxRows, maxBytes, nameBytes }: Bounds) => {
  const rows: SqliteValue[][] = [];
  let bytes = 0;
  for (const found of statement.iterate(...bindings)) {
    const row = found as unknown as SqliteValue[];
    bytes += row.reduce((sum: number, value) => sum + sizeOf(value), nameBytes);
    if (rows.length >= maxRows || bytes > maxBytes) return { rows, hasMore: true };
    rows.push(row);
  }
  return { rows, hasMore: false };
};

const sizeOf = (value: SqliteValue): number =>
  typeof value === 'string' || value instanceof Uint8Array ? value.length + 3 : 9;

const answer = (request: SqliteRequest): SqliteOutcome | null => {
  if (request.type === 'execute') return execute(request);
  if (request.type === 'open') open(request.path);
  else if (request.type === 'begin') begin(request);
  else asOurs(request.how);
  return null;
};

const reply = (message: SqliteReply): void => void process.send?.(message);

process.on('message', (request: SqliteRequest) => {
  try {
    reply({ id: request.id, outcome: answer(request) });
  } catch (error) {
    const { message, errcode } = error as { readonly message?: string; readonly errcode?: number };
    reply({ id: request.id, error: { message: message ?? 'unknown reason', code: errcode ?? -1 } });
  }
});
process.on('disconnect', () => process.exit());
