import { PlatformError } from '@ia-modules/plugin-sdk';
import { type Fields, toFields } from './error-causes.ts';

const DISK_FULL = '53100';
const CANCELLED = '57014';
/** Connections that break or are refused, a server that stops or starts, no connection left. */
const UNAVAILABLE = /^(08...|57P0[1-4]|53300|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE)$/;
const UNAVAILABLE_KINDS: ReadonlySet<unknown> = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
]);

/**
 * Tells trouble of the database that its operator can end from a defect of the platform: nothing was stored, and the same
 * request may succeed later. Undefined for any other error.
 */
export const databaseTroubleOf = (error: unknown): PlatformError | undefined => {
  const cause = causeOf(error);
  if (cause === undefined) return undefined;
  const code = typeof cause['code'] === 'string' ? cause['code'] : '';
  if (code === DISK_FULL) {
    return new PlatformError({
      code: 'IA_DATABASE_FULL',
      message: 'The database has no room left: nothing was stored.',
      hint: 'Make room where its data lies; then ask again.',
      fault: 'infra',
      disposition: 'retry',
      cause: error,
    });
  }
  if (code === CANCELLED) {
    return new PlatformError({
      code: 'IA_API_TIMEOUT',
      message: 'The database took longer than the operation may.',
      hint: 'Ask for less at once, or again in a moment.',
      fault: 'infra',
      disposition: 'retry',
      cause: error,
    });
  }
  if (!UNAVAILABLE.test(code) && !UNAVAILABLE_KINDS.has(cause['kind'])) return undefined;
  return new PlatformError({
    code: 'IA_DATABASE_UNAVAILABLE',
    message: 'The database does not answer.',
    hint: 'Ask again in a moment. A change that was asked for may have been made.',
    fault: 'infra',
    disposition: 'retry',
    cause: error,
  });
};

/** What the driver said, which Prisma keeps within its own error. */
const causeOf = (error: unknown): Fields | undefined => {
  const { meta } = toFields(error) ?? {};
  const adapterError = toFields(toFields(meta)?.['driverAdapterError']);
  return toFields(adapterError?.['cause']) ?? toFields(error);
};
