import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode, type Context, type ServerOptions, type SubscribePayload } from 'graphql-ws';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import type { DocumentNode, ExecutionArgs, GraphQLError, GraphQLFormattedError } from 'graphql';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Credential, credentialOfSocket } from '../auth/credential.ts';
import type { ApiServices } from '../context.ts';
import { isGraphQLError } from '../graphql/mask-error.ts';
import { type Caller, GRAPHQL_PATH, type GraphqlServer, MAX_BODY_BYTES } from '../graphql/server.ts';
import { isForeign, type OriginPolicy } from './cors.ts';

const CONNECTION_INIT_TIMEOUT_MS = 5_000;
/** How soon a socket is closed after its session ended or its token was revoked. */
const CREDENTIAL_CHECK_MS = 2_000;
const MAX_OPERATIONS_PER_SOCKET = 100;
const GOING_AWAY = 1001;

type SocketState = { caller?: Caller; watch?: NodeJS.Timeout };
type SocketContext = Context<Record<string, unknown>, Extra & Partial<SocketState>>;
type EnvelopedArguments = ExecutionArgs & {
  readonly rootValue: Pick<ReturnType<GraphqlServer['getEnveloped']>, 'execute' | 'subscribe'>;
};

export type WebsocketInit = {
  readonly services: ApiServices;
  readonly graphql: GraphqlServer;
  readonly policy: OriginPolicy;
};

export type WebsocketEndpoint = {
  readonly handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  close(): Promise<void>;
};

/** Closes the socket as soon as what it signed in with is not valid any more. */
const watchCredential = ({ services }: WebsocketInit, socket: WebSocket, { credential }: Caller): NodeJS.Timeout =>
  setInterval(() => {
    if (credential === null) return;
    void closeUnlessValid(services, socket, credential);
  }, CREDENTIAL_CHECK_MS);

const closeUnlessValid = async (services: ApiServices, socket: WebSocket, credential: Credential): Promise<void> => {
  try {
    const principal = await services.principals.resolve(credential);
    if (principal === null) socket.close(CloseCode.Unauthorized, 'Unauthorized');
  } catch {
    // Nothing is known while the database does not answer; the next check tells.
  }
};

const connect = async (init: WebsocketInit, context: SocketContext): Promise<boolean> => {
  const { socket, request } = context.extra;
  const credential = credentialOfSocket(context.connectionParams, request.headers);
  const principal = credential === null ? null : await init.services.principals.resolve(credential);
  if (credential !== null && principal === null) {
    socket.close(CloseCode.Unauthorized, 'Unauthorized');
    return false;
  }
  const caller = { credential, principal };
  context.extra.caller = caller;
  context.extra.watch = watchCredential(init, socket, caller);
  socket.once('close', () => clearInterval(context.extra.watch));
  return true;
};

/** Who stands behind the socket now; null, and the socket closed, when that is nobody any more. */
const currentCaller = async (
  { services }: WebsocketInit,
  { socket, caller }: SocketContext['extra'],
): Promise<Caller | null> => {
  const { credential = null } = caller ?? {};
  if (credential === null) return { credential, principal: null };
  const principal = await services.principals.resolve(credential);
  if (principal !== null) return { credential, principal };
  socket.close(CloseCode.Unauthorized, 'Unauthorized');
  return null;
};

const prepareOperation = async (
  { graphql }: WebsocketInit,
  context: object,
  params: SubscribePayload,
): Promise<ExecutionArgs | readonly GraphQLError[]> => {
  const { schema, execute, subscribe, contextFactory, parse, validate } = graphql.getEnveloped({ ...context, params });
  let document: DocumentNode;
  try {
    document = parse(params.query);
  } catch (error) {
    return [error as GraphQLError];
  }
  const errors = validate(schema, document);
  if (errors.length > 0) return errors;
  return {
    schema,
    document,
    operationName: params.operationName ?? null,
    variableValues: params.variables ?? {},
    contextValue: await contextFactory(),
    rootValue: { execute, subscribe },
  };
};

const unwrapError = (error: GraphQLFormattedError | GraphQLError): GraphQLFormattedError => {
  if (!('toJSON' in error)) return error;
  return isGraphQLError(error.originalError) ? error.originalError.toJSON() : error.toJSON();
};

const serverOptions = (init: WebsocketInit): ServerOptions<Record<string, unknown>, Extra & Partial<SocketState>> => ({
  connectionInitWaitTimeout: CONNECTION_INIT_TIMEOUT_MS,
  execute: (args) => (args as EnvelopedArguments).rootValue.execute(args),
  subscribe: (args) => (args as EnvelopedArguments).rootValue.subscribe(args),
  onConnect: (context) => connect(init, context),
  // An error in the middle of a stream arrives wrapped; what is inside has been masked already and has the code.
  onError: (_context, _id, _payload, errors) => errors.map((error) => unwrapError(error)),
  onSubscribe: async ({ extra, subscriptions }, _id, params) => {
    const { socket, request } = extra;
    if (Object.keys(subscriptions).length > MAX_OPERATIONS_PER_SOCKET) {
      socket.close(CloseCode.BadRequest, 'Too many operations');
      return [];
    }
    const caller = await currentCaller(init, extra);
    return caller === null ? [] : prepareOperation(init, { req: request, socket, caller }, params);
  },
});

const refuseUpgrade = (socket: Duplex, status: string): void => {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
};

/** GraphQL over websocket at the same path as over http, for the allowed origins and for programs, which send none. */
export const createWebsocketEndpoint = (init: WebsocketInit): WebsocketEndpoint => {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_BODY_BYTES });
  const graphql = useServer(serverOptions(init), sockets);
  return {
    handleUpgrade: (request, socket, head) => {
      socket.on('error', () => socket.destroy());
      if ((request.url ?? '').split('?', 1)[0] !== GRAPHQL_PATH) return refuseUpgrade(socket, '404 Not Found');
      if (isForeign(init.policy, request)) return refuseUpgrade(socket, '403 Forbidden');
      return sockets.handleUpgrade(request, socket, head, (open) => sockets.emit('connection', open, request));
    },
    close: async () => {
      for (const open of sockets.clients) open.close(GOING_AWAY, 'Going away');
      await graphql.dispose();
    },
  };
};
