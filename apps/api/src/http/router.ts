import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { toNodeHandler } from 'better-auth/node';
import type { ApiConfig } from '../config.ts';
import type { ApiServices } from '../context.ts';
import { GRAPHQL_PATH, type GraphqlServer } from '../graphql/server.ts';
import { EXPORT_PATH } from '../tenants/export/export-links.ts';
import { networkOf } from '../traffic/caller-key.ts';
import { answerError, answerJson, type JsonError } from './answer-json.ts';
import { applyCors, FOREIGN_ORIGIN, isForeign, type OriginPolicy } from './cors.ts';
import { createEntryLimits } from './entry-limits.ts';
import { createExportEndpoint } from './export-endpoint.ts';
import { passGraphqlGate } from './graphql-gate.ts';
import { createGraphqlEndpoint } from './graphql-endpoint.ts';
import { checkReadiness } from './health.ts';
import type { LoopGuard } from './loop-guard.ts';
import { securityHeaders } from './security-headers.ts';
import { traceIdOf } from './trace.ts';
import { createWebhookEndpoint, WEBHOOK_PATH } from './webhook-endpoint.ts';

export type RouterInit = {
  readonly config: ApiConfig;
  readonly services: ApiServices;
  readonly graphql: GraphqlServer;
  readonly policy: OriginPolicy;
  readonly guard: LoopGuard;
  /** Aborts when the process is asked to end: what is open is finished, and nothing new is begun. */
  readonly draining: AbortSignal;
};

type Route = (request: IncomingMessage, response: ServerResponse, path: string, traceId: string) => Promise<void>;

const MAX_AUTH_BODY_BYTES = 64_000;

const AUTH_BODY_TOO_LARGE: JsonError = {
  status: 413,
  code: 'IA_API_LIMIT',
  message: `The body has more than ${MAX_AUTH_BODY_BYTES} bytes, or does not say how many.`,
};

const OVERLOADED: JsonError = {
  status: 503,
  code: 'IA_API_BUSY',
  message: 'The API has too much to do.',
  hint: 'Send the request again after the time in `Retry-After`.',
};

/** A body of unknown length counts as too large: nobody needs one to sign in. */
const isTooLargeForAuth = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > MAX_AUTH_BODY_BYTES;

const BROWSER_CLAIMS = ['sec-fetch-mode', 'sec-fetch-site', 'sec-fetch-dest'] as const;

/**
 * Node's fetch says how it fetches as browsers do, and unlike them not from where: the sign-in API would refuse it. What
 * comes with neither an origin nor a cookie is no browser, since those name their origin whenever they send something.
 */
const dropBrowserClaims = ({ method, headers }: IncomingMessage): void => {
  if (method !== 'POST' || headers.origin !== undefined || headers.cookie !== undefined) return;
  for (const claim of BROWSER_CLAIMS) delete headers[claim];
};

/** Who asks, before anybody has looked at what they prove it with. */
const claimOf = ({ headers, socket }: IncomingMessage): string =>
  headers.authorization ?? headers.cookie ?? networkOf(socket.remoteAddress ?? '');

const createHealthRoute =
  ({ services, draining }: RouterInit): Route =>
  async (_request, response, path) => {
    if (path === '/healthz') return answerJson(response, 200, { status: 'up' });
    if (draining.aborted) return answerJson(response, 503, { status: 'draining' });
    const { isReady, checks } = await checkReadiness(services);
    return answerJson(response, isReady ? 200 : 503, { status: isReady ? 'ready' : 'unavailable', checks });
  };

const createGraphqlRoute = ({ config, services, graphql, policy, draining }: RouterInit): Route => {
  const answer = createGraphqlEndpoint(graphql, { isGraphiqlEnabled: config.isGraphiqlEnabled, draining });
  return async (request, response, _path, traceId) => {
    const gate = await passGraphqlGate(request, { policy, principals: services.principals });
    if ('refusal' in gate) return answerError(response, gate.refusal);
    return answer({ request, response, caller: gate.caller, traceId });
  };
};

/** Sign-in, webhooks and exports: what is not GraphQL. */
const createPlainRoutes = ({
  services,
  policy,
}: RouterInit): Readonly<Record<'auth' | 'webhook' | 'export', Route>> => {
  const limits = createEntryLimits();
  const answerAuth = toNodeHandler(services.auth.betterAuth);
  const answerWebhook = createWebhookEndpoint(services);
  const answerExport = createExportEndpoint(services);
  return {
    auth: async (request, response, path) => {
      if (isForeign(policy, request)) return answerError(response, FOREIGN_ORIGIN);
      if (isTooLargeForAuth(request)) return answerError(response, AUTH_BODY_TOO_LARGE);
      if (!limits.admitSignIn(request, response, path)) return;
      dropBrowserClaims(request);
      // The address that rate limits count by; what a client claims about itself must not stand.
      request.headers['x-ia-client-address'] = request.socket.remoteAddress ?? 'unknown';
      await answerAuth(request, response);
    },
    webhook: async (request, response, path) => {
      const webhookId = path.slice(WEBHOOK_PATH.length);
      if (limits.admitWebhook(request, response, webhookId)) await answerWebhook(request, response, webhookId);
    },
    export: (request, response) => answerExport(request, response),
  };
};

/** Answered however much there is to do: who asks decides whether the process goes on. */
const HEALTH_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

const isBelow = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`);

const createRoutes = (init: RouterInit): ((path: string) => Route | null) => {
  const graphql = createGraphqlRoute(init);
  const health = createHealthRoute(init);
  const plain = createPlainRoutes(init);
  return (path) => {
    if (isBelow(path, GRAPHQL_PATH)) return graphql;
    if (isBelow(path, '/auth')) return plain.auth;
    if (path.startsWith(WEBHOOK_PATH)) return plain.webhook;
    if (path.startsWith(EXPORT_PATH)) return plain.export;
    return HEALTH_PATHS.has(path) ? health : null;
  };
};

/** The paths of the API: GraphQL, sign-in, and what operators ask for. */
export const createRouter = (init: RouterInit): RequestListener => {
  const { config, services, policy, guard, draining } = init;
  const routeOf = createRoutes(init);
  const applySecurityHeaders = securityHeaders(config.publicApiUrl);

  const answer = async (request: IncomingMessage, response: ServerResponse, traceId: string): Promise<void> => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    applySecurityHeaders(response);
    response.setHeader('x-request-id', traceId);
    applyCors(policy, request, response);
    if (draining.aborted) response.setHeader('connection', 'close');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    const route = routeOf(path);
    if (route === null) {
      return answerError(response, { status: 404, code: 'IA_API_NOT_FOUND', message: `There is nothing at ${path}.` });
    }
    if (!HEALTH_PATHS.has(path) && !guard.admit(claimOf(request))) {
      response.setHeader('retry-after', 1);
      return answerError(response, OVERLOADED);
    }
    return route(request, response, path, traceId);
  };

  return (request, response) => {
    const traceId = traceIdOf(request);
    answer(request, response, traceId).catch((error: unknown) => {
      // Whoever went away before the end of the body gets no answer.
      if (request.destroyed && !request.complete) return;
      services.logger.error({ err: error, traceId }, 'a request failed');
      if (response.headersSent) response.destroy();
      else answerError(response, { status: 500, code: 'IA_INTERNAL', message: 'Something went wrong on our side.' });
    });
  };
};
