import type { Principal } from '@ia-modules/database';
import type { Logger } from 'pino';

const MAX_NAME_LENGTH = 128;

export type OperationRecord = {
  readonly transport: 'http' | 'sse' | 'websocket';
  readonly type: 'query' | 'mutation' | 'subscription' | 'invalid';
  readonly name: string | null;
  /** Of the document: its text may hold what is secret. */
  readonly documentHash: string | null;
  readonly principal: Principal | null;
  readonly tenantIds: Iterable<string>;
  readonly status: number;
  /** Codes of the errors in the answer. */
  readonly codes: readonly string[];
  readonly cost: number;
  readonly durationMs: number;
  readonly traceId: string;
};

const callerOf = (principal: Principal | null): { readonly kind: string; readonly id: string | null } => {
  if (principal === null) return { kind: 'anonymous', id: null };
  return principal.kind === 'token' ? { kind: 'token', id: principal.tokenId } : { kind: 'user', id: principal.userId };
};

/** One line an operation. Names and ids only: never a variable, nor the text of a document. */
export const logOperation = (logger: Logger, record: OperationRecord): void => {
  if (!logger.isLevelEnabled('info')) return;
  const { transport, type, name, documentHash, status, codes, cost, traceId } = record;
  logger.info(
    {
      transport,
      type,
      operation: name?.slice(0, MAX_NAME_LENGTH) ?? null,
      documentHash,
      caller: callerOf(record.principal),
      tenants: [...record.tenantIds],
      status,
      ...(codes.length > 0 && { codes }),
      cost,
      durationMs: Math.round(record.durationMs * 10) / 10,
      traceId,
    },
    'operation',
  );
};
