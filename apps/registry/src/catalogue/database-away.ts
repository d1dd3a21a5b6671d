import { PlatformError } from '@ia-modules/plugin-sdk';

/** Connections that break or are refused, a server that stops or starts, no connection left. */
const AWAY =
  /^(08...|57P0[1-4]|53300|ECONNREFUSED|ECONNRESET|ENOTFOUND|ETIMEDOUT|EPIPE|P1001|P1002|P1008|P1017|P2024|P2028)$/;
const AWAY_KINDS: ReadonlySet<unknown> = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
]);
/** The driver gives these no code. */
const AWAY_MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;
const MAX_CAUSES = 6;

/** Tells that the database does not answer from every other failure. */
export function isDatabaseAway(error: unknown): boolean {
  let cause = fieldsOf(error);
  for (let depth = 0; depth < MAX_CAUSES && cause !== undefined; depth += 1) {
    if (AWAY.test(String(cause['code'])) || AWAY_KINDS.has(cause['kind'])) return true;
    if (AWAY_MESSAGE.test(String(cause['message']))) return true;
    cause = fieldsOf(fieldsOf(cause['meta'])?.['driverAdapterError']) ?? fieldsOf(cause['cause']);
  }
  return false;
}

/** What a caller is told then: the same request may succeed later. */
export function unavailable(cause: unknown): PlatformError {
  return new PlatformError({
    code: 'IA_REGISTRY_UNAVAILABLE',
    message: 'The registry can not reach its database; nothing was changed.',
    hint: 'Try again in a moment.',
    fault: 'infra',
    disposition: 'retry',
    cause,
  });
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}
