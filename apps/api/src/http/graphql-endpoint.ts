import type { IncomingMessage, ServerResponse } from 'node:http';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { GraphQLError } from 'graphql';
import { type OperationParams, parseOperationParams } from '../graphql/operation-params.ts';
import { type Caller, payerOf } from '../graphql/operation-call.ts';
import type { OperationResult } from '../graphql/operation-result.ts';
import { GRAPHQL_PATH, type GraphqlServer, MAX_BODY_BYTES } from '../graphql/server.ts';
import { answerError, type JsonError } from './answer-json.ts';
import { sendEventStream, streamOfOne } from './event-stream.ts';
import { isPageRequest } from './graphql-gate.ts';
import { parseJson, readJson } from './json-body.ts';
import { chooseMediaType, type MediaType } from './media-types.ts';
import { originOf } from './request-origin.ts';

export type GraphqlRequest = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly caller: Caller;
  readonly traceId: string;
};

const WRONG_METHOD: JsonError = { status: 405, code: 'IA_API_INVALID', message: 'GraphQL is asked with GET or POST.' };

const NOT_ACCEPTABLE: JsonError = {
  status: 406,
  code: 'IA_API_INVALID',
  message: 'There is no answer of an accepted type.',
  hint: 'Accept `application/graphql-response+json`, `application/json`, or `text/event-stream`.',
};

const NO_STREAM: JsonError = {
  status: 406,
  code: 'IA_API_INVALID',
  message: 'A subscription answers as a stream.',
  hint: 'Accept `text/event-stream`, or subscribe over the websocket.',
};

const BAD_REQUEST = 400;
const OK = 200;

const RETRY_AFTER_SECONDS = 1;

const UNREAD: JsonError = {
  status: 429,
  code: 'IA_API_BUSY',
  message: 'What was asked for is done, and its answer has no room beside the large ones that are not read yet.',
  hint: 'Read them first, or ask for less at once.',
};

type Given = { readonly params: OperationParams } | { readonly refusal: JsonError };

const refuseParams = (error: unknown): Given => {
  if (!(error instanceof GraphQLError)) throw error;
  return { refusal: { status: BAD_REQUEST, code: 'IA_API_INVALID', message: error.message } };
};

const jsonParameter = (search: URLSearchParams, name: string): unknown => {
  const text = search.get(name);
  if (text === null || text === '') return undefined;
  const parsed = parseJson(Buffer.from(text));
  if ('refusal' in parsed) throw new GraphQLError(`\`${name}\` is not JSON.`);
  return parsed.json;
};

const paramsOfUrl = (url: string): Given => {
  const search = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  try {
    const params = parseOperationParams({
      query: search.get('query'),
      documentId: search.get('documentId'),
      operationName: search.get('operationName') || null,
      variables: jsonParameter(search, 'variables'),
      extensions: jsonParameter(search, 'extensions'),
    });
    return { params };
  } catch (error) {
    return refuseParams(error);
  }
};

const paramsOfBody = async (request: IncomingMessage): Promise<Given> => {
  const body = await readJson(request, MAX_BODY_BYTES);
  if ('refusal' in body) return body;
  try {
    return { params: parseOperationParams(body.json) };
  } catch (error) {
    return refuseParams(error);
  }
};

/** Clients of the older type take any other status for trouble of the network. */
const statusFor = (type: MediaType, { status }: OperationResult): number =>
  status === BAD_REQUEST && type === 'application/json' ? OK : status;

type Answer = { readonly type: MediaType; readonly result: OperationResult; readonly body?: string };

const answerResult = (response: ServerResponse, { type, result, body = JSON.stringify(result.body) }: Answer): void => {
  if (result.retryAfterSeconds !== null) response.setHeader('retry-after', result.retryAfterSeconds);
  response.writeHead(statusFor(type, result), {
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
};

const GRAPHIQL_POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' blob: 'self'",
  "style-src 'unsafe-inline' 'self'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  'worker-src blob:',
  "connect-src 'self' ws: wss:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const answerPage = (response: ServerResponse, page: string): void => {
  response.writeHead(OK, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': GRAPHIQL_POLICY,
  });
  response.end(page);
};

const renderPage = (): string =>
  renderGraphiQL({ title: 'IA Modules', endpoint: GRAPHQL_PATH, subscriptionsProtocol: 'WS' });

/** GraphQL over HTTP: JSON for one result, server-sent events for many. */
export const createGraphqlEndpoint = (
  graphql: GraphqlServer,
  { isGraphiqlEnabled, draining }: Readonly<{ isGraphiqlEnabled: boolean; draining: AbortSignal }>,
): ((asked: GraphqlRequest) => Promise<void>) => {
  const page = isGraphiqlEnabled ? renderPage() : null;

  return async ({ request, response, caller, traceId }) => {
    if (page !== null && isPageRequest(request)) return answerPage(response, page);
    const isGet = request.method === 'GET';
    if (!isGet && request.method !== 'POST') {
      response.setHeader('allow', 'GET, POST');
      return answerError(response, WRONG_METHOD);
    }
    const type = chooseMediaType(request.headers.accept);
    if (type === null) return answerError(response, NOT_ACCEPTABLE);
    const given = isGet ? paramsOfUrl(request.url ?? '') : await paramsOfBody(request);
    if ('refusal' in given) {
      if (!request.complete) response.setHeader('connection', 'close');
      return answerError(response, given.refusal);
    }
    const isEventStream = type === 'text/event-stream';
    const origin = originOf(request, traceId);
    const transport = isEventStream ? 'sse' : 'http';
    const prepared = graphql.prepare({ ...given, caller, origin, transport, isReadOnly: isGet });
    const resultType = isEventStream ? 'application/json' : type;
    if (prepared.kind === 'result') return answerResult(response, { type: resultType, result: prepared });
    if (prepared.isSubscription && !isEventStream) {
      prepared.abandon();
      return answerError(response, NO_STREAM);
    }
    response.on('close', () => prepared.abandon());
    const outcome = await prepared.run();
    if (outcome.kind === 'stream') return sendEventStream(response, outcome, draining);
    const body = JSON.stringify(outcome.body);
    const leave = graphql.answers.take(payerOf({ caller, origin }), body.length);
    if (leave === null) {
      response.setHeader('retry-after', RETRY_AFTER_SECONDS);
      return answerError(response, UNREAD);
    }
    response.once('close', leave);
    if (isEventStream && outcome.status === OK) {
      return sendEventStream(response, { kind: 'stream', items: streamOfOne(outcome.body) }, draining);
    }
    return answerResult(response, { type: resultType, result: outcome, body });
  };
};
