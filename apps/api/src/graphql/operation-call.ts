import type { AuditOrigin, Principal } from '@ia-modules/database';
import type { Credential } from '../auth/credential.ts';
import { callerKey, networkOf } from '../traffic/caller-key.ts';
import type { OperationParams } from './operation-params.ts';

/** What the transport has found out about a caller. */
export type Caller = { readonly credential: Credential | null; readonly principal: Principal | null };

/** From where an operation comes; the request's id is the trace id of everything that it does. */
export type OperationOrigin = AuditOrigin & { readonly requestId: string };

/** One operation as a transport hands it over. */
export type OperationCall = {
  readonly params: OperationParams;
  readonly caller: Caller;
  readonly origin: OperationOrigin;
  readonly transport: 'http' | 'sse' | 'websocket';
  /** Of a GET: nothing may change. */
  readonly isReadOnly?: boolean;
};

/** Whose bucket pays: a token has its own, a person one for all sessions, and nobody one by address. */
export const payerOf = ({ caller: { principal }, origin }: Pick<OperationCall, 'caller' | 'origin'>): string => {
  return principal === null ? `address ${networkOf(origin.address ?? '')}` : callerKey(principal);
};

/** Who has a share of what runs at once: all tokens of a tenant have one together. */
export const sharerOf = (call: OperationCall): string => {
  const { principal } = call.caller;
  return principal?.kind === 'token' ? `tenant ${principal.tenantId}` : payerOf(call);
};
