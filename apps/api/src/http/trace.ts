import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:$|-)/;
const NO_TRACE = '0'.repeat(32);

/** The trace that the caller has begun (W3C Trace Context), else a new one: 32 hex digits. */
export const traceIdOf = ({ headers }: Pick<IncomingMessage, 'headers'>): string => {
  const { traceparent } = headers;
  const given = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
  return given !== undefined && given !== NO_TRACE ? given : randomUUID().replaceAll('-', '');
};
