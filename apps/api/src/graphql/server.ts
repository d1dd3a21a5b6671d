import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '@ia-modules/database';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import type { Credential } from '../auth/credential.ts';
import type { ApiConfig } from '../config.ts';
import { type ApiContext, type ApiServices, createContext } from '../context.ts';
import { originOf } from '../http/request-origin.ts';
import { useLimits } from './limits.ts';
import { maskError } from './mask-error.ts';
import { schema } from './schema.ts';

export const GRAPHQL_PATH = '/graphql';
export const MAX_BODY_BYTES = 1_000_000;

/** What the transport, http or websocket, has found out about a caller. */
export type Caller = { readonly credential: Credential | null; readonly principal: Principal | null };

export type HttpServerContext = {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly caller: Caller;
};

export type GraphqlServer = YogaServerInstance<HttpServerContext, ApiContext>;

/** Gives the connection back when an operation is done. */
const useTenantSession = (): Plugin<ApiContext> => ({
  onExecute: ({ args }) => ({ onExecuteDone: () => args.contextValue.session.close() }),
});

export const createGraphqlServer = (config: ApiConfig, services: ApiServices): GraphqlServer =>
  createYoga<HttpServerContext, ApiContext>({
    schema,
    graphqlEndpoint: GRAPHQL_PATH,
    landingPage: false,
    logging: false,
    multipart: false,
    batching: false,
    cors: false,
    maxRequestBodySize: MAX_BODY_BYTES,
    graphiql: config.isGraphiqlEnabled ? { title: 'IA Modules', subscriptionsProtocol: 'WS' } : false,
    renderGraphiQL,
    context: ({ caller, req }) => createContext({ services, ...caller, origin: originOf(req) }),
    maskedErrors: {
      maskError: (error) => maskError(error, { logger: services.logger, traceId: randomUUID() }),
    },
    plugins: [useLimits(config), useTenantSession()],
  });
