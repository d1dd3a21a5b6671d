import { once } from 'node:events';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Logger } from 'pino';
import type { Caller, Identify } from './caller.ts';
import type { KeyedLock } from './keyed-lock.ts';
import { MAX_REQUEST_BYTES } from './limits.ts';
import type { Publisher } from './publisher.ts';
import { registryError, toHttpError } from './registry-error.ts';
import { readJsonBody } from './request-body.ts';
import { type Route, parseRoute } from './route.ts';
import { type SearchQuery, parseSearchQuery } from './search.ts';
import { originOf, type Sender } from './sender.ts';

export type FrontOptions = Readonly<{
  identify: Identify;
  publisher: Publisher;
  search: (caller: Caller, query: SearchQuery) => Promise<object>;
  writeLock: KeyedLock;
  verdaccio: Server;
  log: Logger;
  /** Where Verdaccio's plugin finds the caller of a request. */
  callers: WeakMap<IncomingMessage, Caller>;
}>;

/** To any other status npm answers by asking for a password, which nobody should type here. */
const NOT_IMPLEMENTED = 501;
const NO_LOGIN = registryError([
  {
    code: 'IA_REGISTRY_UNSUPPORTED',
    message: 'The platform signs people in, not its registry.',
    hint: 'Run `ia-plugin login`: it writes a token for npm.',
  },
]);

/** Names the caller, handles writes itself, before any body of a stranger is read, and leaves reads to Verdaccio. */
export function createFront(options: FrontOptions): RequestListener {
  return (request, response) => {
    void handle(options, request, response).catch(async (error: unknown) => {
      if (!(error instanceof PlatformError)) options.log.error({ err: error }, 'a request failed');
      await discardBody(request);
      if (!request.complete) response.setHeader('connection', 'close');
      sendError(response, error);
    });
  };
}

async function handle(options: FrontOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const route = parseRoute(request.method ?? 'GET', request.url ?? '/');
  if (route.kind === 'unsupported') throw refusal('IA_REGISTRY_UNSUPPORTED', 'The registry does not offer this call.');
  if (route.kind === 'login') {
    await discardBody(request);
    sendJson(response, NOT_IMPLEMENTED, { error: toHttpError(NO_LOGIN).message });
    return;
  }
  const caller = await options.identify(request.headers.authorization);
  if (caller === null) throw refusal('IA_REGISTRY_UNAUTHENTICATED', 'The API token is unknown, expired or revoked.');
  if (route.kind === 'read') {
    options.callers.set(request, caller);
    options.verdaccio.emit('request', request, response);
    return;
  }
  if (route.kind === 'search') {
    sendJson(response, 200, await options.search(caller, parseSearchQuery(request.url ?? '/')));
    return;
  }
  if (caller.kind !== 'token') throw refusal('IA_REGISTRY_UNAUTHENTICATED', 'This needs an API token of the platform.');
  // One write at a time bounds what a tenant can make the registry hold in memory, and keeps the others' turn.
  const sender = { caller, origin: originOf(request) };
  await options.writeLock(caller.principal.tenantId, () => write(options.publisher, route, sender, request));
  sendJson(response, 201, { ok: true, success: true });
}

async function write(
  publisher: Publisher,
  route: Exclude<Route, { kind: 'read' | 'search' | 'login' | 'unsupported' }>,
  sender: Sender,
  request: IncomingMessage,
): Promise<void> {
  switch (route.kind) {
    case 'update':
      return await publisher.update(sender, route.packageName, await readJsonBody(request, MAX_REQUEST_BYTES));
    case 'tag':
      return await publisher.tag(sender, route.packageName, route.tag, await readJsonBody(request, MAX_REQUEST_BYTES));
    case 'untag':
      return await publisher.untag(sender, route.packageName, route.tag);
    case 'remove':
      throw registryError([
        {
          code: 'IA_REGISTRY_IMMUTABLE',
          message: 'Published versions are never removed.',
          hint: 'Use `npm deprecate` to warn those who install it.',
        },
      ]);
  }
}

function refusal(code: 'IA_REGISTRY_UNSUPPORTED' | 'IA_REGISTRY_UNAUTHENTICATED', message: string): PlatformError {
  return registryError([{ code, message }]);
}

/** npm reads the answer only after it sent its whole body. A body that is too large is cut off instead. */
async function discardBody(request: IncomingMessage): Promise<void> {
  const bytes = Number(request.headers['content-length'] ?? 0);
  if (request.complete || request.destroyed || !(bytes <= MAX_REQUEST_BYTES)) return;
  request.resume();
  await once(request, 'close').catch(() => undefined);
}

function sendError(response: ServerResponse, error: unknown): void {
  const { status, message } = toHttpError(error);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (status === 401) response.setHeader('www-authenticate', 'Bearer');
  sendJson(response, status, { error: message });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
}
