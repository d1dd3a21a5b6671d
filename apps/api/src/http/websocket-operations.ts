import type { IncomingMessage } from 'node:http';
import { type ExecutionArgs, type FormattedExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';
import { CloseCode, type Context, type ServerOptions, type SubscribePayload } from 'graphql-ws';
import { credentialOfSocket } from '../auth/credential.ts';
import type { ApiServices } from '../context.ts';
import { isGraphQLError } from '../graphql/mask-error.ts';
import type { Caller } from '../graphql/operation-call.ts';
import { type OperationParams, parseOperationParams } from '../graphql/operation-params.ts';
import type { PreparedOperation } from '../graphql/prepared-operation.ts';
import { schema } from '../graphql/schema.ts';
import type { GraphqlServer } from '../graphql/server.ts';
import type { AccessTicket } from '../live/access-watch.ts';
import type { SocketConnection } from '../live/socket-connection.ts';
import { originOf } from './request-origin.ts';

const CONNECTION_INIT_TIMEOUT_MS = 5_000;
const MAX_OPERATIONS_PER_SOCKET = 100;

type SocketExtra = {
  readonly connection: SocketConnection;
  readonly request: IncomingMessage;
  credential?: Caller['credential'];
  ticket?: AccessTicket;
};
type SocketContext = Context<Record<string, unknown>, SocketExtra>;

export type SocketOperationsInit = { readonly services: ApiServices; readonly graphql: GraphqlServer };

const unauthorized = ({ connection }: SocketExtra): void => connection.close(CloseCode.Unauthorized, 'Unauthorized');

/** The socket stays open as long as what it signed in with is valid. */
const connect = async ({ services }: SocketOperationsInit, context: SocketContext): Promise<boolean> => {
  const { extra } = context;
  const credential = credentialOfSocket(context.connectionParams, extra.request.headers);
  const principal = credential === null ? null : await services.principals.resolve(credential);
  if (credential !== null && principal === null) {
    unauthorized(extra);
    return false;
  }
  extra.credential = credential;
  const ticket = await services.live.access.watch(credential, () => {
    if (ticket.principal === null) unauthorized(extra);
  });
  extra.ticket = ticket;
  return true;
};

/** Who stands behind the socket now; null, and the socket closed, when that is nobody any more. */
const currentCaller = async ({ services }: SocketOperationsInit, extra: SocketExtra): Promise<Caller | null> => {
  const { credential = null } = extra;
  if (credential === null) return { credential, principal: null };
  const principal = await services.principals.resolve(credential);
  if (principal !== null) return { credential, principal };
  unauthorized(extra);
  return null;
};

/** The protocol wants a text for `query`: with an id of a document it is an empty one. */
const paramsOf = (payload: SubscribePayload): OperationParams => {
  const isPersisted = 'documentId' in payload && payload.query === '';
  return parseOperationParams(isPersisted ? { ...payload, query: null } : payload);
};

const prepareOperation = (
  { graphql }: SocketOperationsInit,
  { request }: SocketExtra,
  { caller, payload }: Readonly<{ caller: Caller; payload: SubscribePayload }>,
): ExecutionArgs | readonly GraphQLError[] => {
  let params: OperationParams;
  try {
    params = paramsOf(payload);
  } catch (error) {
    return [error as GraphQLError];
  }
  const prepared = graphql.prepare({ params, caller, origin: originOf(request), transport: 'websocket' });
  if (prepared.kind === 'result') return (prepared.body.errors ?? []).map(toGraphQLError);
  const { document, name } = prepared.operation;
  return { schema, document, operationName: name, rootValue: prepared };
};

/** The protocol's library wants errors as graphql makes them, and shows what `toJSON` says. */
const toGraphQLError = (formatted: GraphQLFormattedError): GraphQLError =>
  Object.assign(new GraphQLError(formatted.message), { toJSON: () => formatted });

/** One result, or a stream of them. */
const runPrepared = async (args: ExecutionArgs) => {
  const outcome = await (args.rootValue as PreparedOperation).run();
  return outcome.kind === 'stream' ? outcome.items : outcome.body;
};

const unwrapError = (error: GraphQLFormattedError | GraphQLError): GraphQLFormattedError => {
  if (!('toJSON' in error)) return error;
  return isGraphQLError(error.originalError) ? error.originalError.toJSON() : error.toJSON();
};

/** What is done with the messages of sockets. */
export const socketOptions = (init: SocketOperationsInit): ServerOptions<Record<string, unknown>, SocketExtra> => ({
  connectionInitWaitTimeout: CONNECTION_INIT_TIMEOUT_MS,
  execute: runPrepared as NonNullable<ServerOptions['execute']>,
  subscribe: runPrepared as NonNullable<ServerOptions['subscribe']>,
  onConnect: (context) => connect(init, context),
  onClose: ({ extra }) => extra.ticket?.release(),
  // Its errors are formatted already.
  onNext: (...[, , , , result]) => result as FormattedExecutionResult,
  // An error in the middle of a stream arrives wrapped; what is inside has been masked already and has the code.
  onError: (_context, _id, _payload, errors) => errors.map((error) => unwrapError(error)),
  onSubscribe: async ({ extra, subscriptions }, _id, payload) => {
    if (Object.keys(subscriptions).length > MAX_OPERATIONS_PER_SOCKET) {
      extra.connection.close(CloseCode.BadRequest, 'Too many operations');
      return [];
    }
    const caller = await currentCaller(init, extra);
    return caller === null ? [] : prepareOperation(init, extra, { caller, payload });
  },
});
