import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { toNodeHandler } from 'better-auth/node';
import type { ApiServices } from '../context.ts';
import { GRAPHQL_PATH, type GraphqlServer } from '../graphql/server.ts';
import { answerError, answerJson, type JsonError } from './answer-json.ts';
import { applyCors, FOREIGN_ORIGIN, isForeign, type OriginPolicy } from './cors.ts';
import { passGraphqlGate } from './graphql-gate.ts';
import { checkReadiness } from './health.ts';
import { createWebhookEndpoint, WEBHOOK_PATH } from './webhook-endpoint.ts';

export type RouterInit = {
  readonly services: ApiServices;
  readonly graphql: GraphqlServer;
  readonly policy: OriginPolicy;
};

const MAX_AUTH_BODY_BYTES = 64_000;

const AUTH_BODY_TOO_LARGE: JsonError = {
  status: 413,
  code: 'IA_API_LIMIT',
  message: `The body has more than ${MAX_AUTH_BODY_BYTES} bytes, or does not say how many.`,
};

/** A body of unknown length counts as too large: nobody needs one to sign in. */
const isTooLargeForAuth = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > MAX_AUTH_BODY_BYTES;

const applySecurityHeaders = (response: ServerResponse): void => {
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('x-frame-options', 'DENY');
};

const answerReadiness = async (services: ApiServices, response: ServerResponse): Promise<void> => {
  const { isReady, checks } = await checkReadiness(services);
  answerJson(response, isReady ? 200 : 503, { status: isReady ? 'ready' : 'unavailable', checks });
};

const answerGraphql = async (
  { services, graphql, policy }: RouterInit,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const gate = await passGraphqlGate(request, { policy, principals: services.principals });
  if ('refusal' in gate) answerError(response, gate.refusal);
  else await graphql(request, response, { req: request, res: response, caller: gate.caller });
};

/** The paths of the API: GraphQL, sign-in, and what operators ask for. */
export const createRouter = (init: RouterInit): RequestListener => {
  const { services, policy } = init;
  const answerAuth = toNodeHandler(services.auth.betterAuth);
  const answerWebhook = createWebhookEndpoint(services);

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    applySecurityHeaders(response);
    applyCors(policy, request, response);
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end();
    } else if (path === GRAPHQL_PATH || path.startsWith(`${GRAPHQL_PATH}/`)) {
      await answerGraphql(init, request, response);
    } else if (path === '/auth' || path.startsWith('/auth/')) {
      if (isForeign(policy, request)) return answerError(response, FOREIGN_ORIGIN);
      if (isTooLargeForAuth(request)) return answerError(response, AUTH_BODY_TOO_LARGE);
      // The address that rate limits count by; what a client claims about itself must not stand.
      request.headers['x-ia-client-address'] = request.socket.remoteAddress ?? 'unknown';
      await answerAuth(request, response);
    } else if (path.startsWith(WEBHOOK_PATH)) {
      await answerWebhook(request, response, path.slice(WEBHOOK_PATH.length));
    } else if (path === '/healthz') {
      answerJson(response, 200, { status: 'up' });
    } else if (path === '/readyz') {
      await answerReadiness(services, response);
    } else {
      answerError(response, { status: 404, code: 'IA_API_NOT_FOUND', message: `There is nothing at ${path}.` });
    }
  };

  return (request, response) => {
    route(request, response).catch((error: unknown) => {
      services.logger.error({ err: error }, 'a request failed');
      if (response.headersSent) response.destroy();
      else answerError(response, { status: 500, code: 'IA_INTERNAL', message: 'Something went wrong on our side.' });
    });
  };
};
