import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AuditOrigin } from '@ia-modules/database';
import type { Caller } from '../access/caller.ts';

/** Who asks for a change, and from where. */
export type Sender = Readonly<{ caller: Caller; origin: AuditOrigin }>;

const MAX_USER_AGENT_LENGTH = 200;

/** From where a request came, for the audit log. */
export function originOf({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): AuditOrigin {
  const address = socket.remoteAddress;
  const userAgent = headers['user-agent']?.slice(0, MAX_USER_AGENT_LENGTH);
  return {
    ...(address !== undefined && { address }),
    ...(userAgent !== undefined && { userAgent }),
    requestId: randomUUID(),
  };
}
