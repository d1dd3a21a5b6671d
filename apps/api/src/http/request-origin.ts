import type { IncomingMessage } from 'node:http';
import type { OperationOrigin } from '../graphql/operation-call.ts';
import { traceIdOf } from './trace.ts';

const MAX_USER_AGENT_LENGTH = 200;

/** From where a request came, for the audit log. Each operation of a websocket has a trace of its own. */
export const originOf = (
  { socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>,
  requestId: string = traceIdOf({ headers }),
): OperationOrigin => {
  const address = socket.remoteAddress;
  const userAgent = headers['user-agent']?.slice(0, MAX_USER_AGENT_LENGTH);
  return {
    ...(address !== undefined && { address }),
    ...(userAgent !== undefined && { userAgent }),
    requestId,
  };
};
