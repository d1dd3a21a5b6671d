import { type ErrorCode, networkError, PluginError } from '@ia-modules/plugin-sdk';

type Meaning = {
  readonly name: string;
  readonly code?: ErrorCode;
  readonly isRetryable?: boolean;
  readonly hint?: string;
};

/** By the beginning of SQLSTATE, the longest first (PostgreSQL, appendix A). */
const POSTGRES: readonly (readonly [string, Meaning])[] = [
  ['08', { name: 'NetworkError', isRetryable: true }],
  ['23505', { name: 'UniqueViolationError' }],
  ['23', { name: 'ConstraintError' }],
  ['25006', { name: 'ReadOnlyError', hint: 'Use database.execute, or set read_only to false.' }],
  ['28', { name: 'AuthenticationError', hint: 'Check the user and the password of the connection.' }],
  ['3D', { name: 'AuthenticationError', hint: 'Check the name of the database.' }],
  ['40', { name: 'ConflictError', isRetryable: true }],
  ['42501', { name: 'AccessDeniedError' }],
  ['53', { name: 'BusyError', isRetryable: true }],
  ['55P03', { name: 'BusyError', isRetryable: true }],
  ['57014', { name: 'TimeoutError', isRetryable: true, hint: 'Raise timeout_ms, or ask for less.' }],
  ['57P', { name: 'NetworkError', isRetryable: true }],
];

/** By the primary result code of SQLite. */
const SQLITE: Readonly<Record<number, Meaning>> = {
  5: { name: 'BusyError', isRetryable: true },
  6: { name: 'BusyError', isRetryable: true },
  7: { name: 'LimitError', code: 'IA_PLUGIN_LIMIT', hint: 'SQLite may use 256 MiB.' },
  8: { name: 'ReadOnlyError', hint: 'Use database.execute, or set read_only to false.' },
  13: {
    name: 'LimitError',
    code: 'IA_PLUGIN_LIMIT',
    hint: 'A SQLite file may have 1 GiB, and grow by 256 MiB in a call, as far as the tenant has room left.',
  },
  14: { name: 'FileError', hint: 'Check the path.' },
  19: { name: 'ConstraintError' },
  23: { name: 'AccessDeniedError', hint: 'ATTACH, most PRAGMAs and extensions are not available.' },
  26: { name: 'FileError', hint: 'The file is no SQLite database.' },
};
const SQLITE_UNIQUE: ReadonlySet<number> = new Set([1555, 2067]);

const MAX_MESSAGE_CHARS = 500;
const MIN_HIDDEN_CHARS = 4;

/** Says what a database said, without the connection and without what was bound. */
export const sqlError = (error: unknown, bound: readonly unknown[]): unknown => {
  // A defect is no answer of a database.
  if (error instanceof PluginError || error instanceof TypeError) return error;
  const { message, state, errcode } = readError(error);
  if (errcode !== undefined) return explain(meaningOfSqlite(errcode), { text: hide(message, bound), code: errcode });
  if (state !== undefined && /^[0-9A-Z]{5}$/.test(state)) {
    const found = POSTGRES.find(([start]) => state.startsWith(start))?.[1] ?? { name: 'SqlError' };
    return explain(found, { text: hide(message, bound), code: state });
  }
  if (/SSL|certificate|self-signed|altnames/i.test(message)) return noTls();
  return networkError(`The connection to the database broke or never came about (${state ?? 'no reason is known'}).`);
};

const meaningOfSqlite = (errcode: number): Meaning =>
  SQLITE_UNIQUE.has(errcode) ? { name: 'UniqueViolationError' } : (SQLITE[errcode & 0xff] ?? { name: 'SqlError' });

type Said = { readonly text: string; readonly code: string | number };

const explain = ({ name, code: errorCode, isRetryable = false, hint }: Meaning, { text, code }: Said): PluginError =>
  new PluginError({
    name,
    ...(errorCode === undefined ? {} : { code: errorCode }),
    message: `The database refused: ${text}`,
    retryable: isRetryable,
    details: { code },
    ...(hint === undefined ? {} : { hint }),
  });

const noTls = (): PluginError =>
  new PluginError({
    name: 'TlsError',
    message: 'The database has no TLS, or a certificate that is not trusted.',
    hint: 'Give its certificate as "ca", or add ?sslmode=disable to the connection where the network is trusted.',
  });

const hide = (message: string, bound: readonly unknown[]): string => {
  const values = bound.filter(
    (value): value is string => typeof value === 'string' && value.length >= MIN_HIDDEN_CHARS,
  );
  return values.reduce((text, value) => text.replaceAll(value, '…'), message).slice(0, MAX_MESSAGE_CHARS);
};

const readError = (error: unknown) => {
  const fields = (error ?? {}) as { readonly message?: unknown; readonly code?: unknown; readonly errcode?: unknown };
  return {
    message: typeof fields.message === 'string' ? fields.message : '',
    state: typeof fields.code === 'string' ? fields.code : undefined,
    errcode: typeof fields.errcode === 'number' ? fields.errcode : undefined,
  };
};
