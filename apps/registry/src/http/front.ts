import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Logger } from 'pino';
import { discardBody, sendError, sendJson } from './answer.ts';
import type { Caller } from '../access/caller.ts';
import { isDatabaseAway, unavailable } from '../catalogue/database-away.ts';
import type { KeyedLock } from '../keyed-lock.ts';
import { elsewhere, type NpmAccount } from '../login/npm-account.ts';
import type { NpmLogin } from '../login/npm-login.ts';
import type { Publisher } from '../catalogue/publisher.ts';
import { type ReadOptions, serveRead } from './reads.ts';
import { registryError } from '../registry-error.ts';
import type { Bodies } from './request-body.ts';
import { parseRoute, type ServiceRoute, type WriteRoute } from './route.ts';
import { type SearchQuery, parseSearchQuery } from './search.ts';
import { originOf, type Sender } from './sender.ts';

export type FrontOptions = ReadOptions &
  Readonly<{
    publisher: Publisher;
    search: (caller: Caller, query: SearchQuery) => Promise<object>;
    /** The public halves of the keys that versions are signed with. */
    readKeys: () => Promise<object>;
    bodies: Bodies;
    npmLogin: NpmLogin;
    npmAccount: NpmAccount;
    writeLock: KeyedLock;
    log: Logger;
  }>;

type Exchange = Readonly<{ request: IncomingMessage; response: ServerResponse }>;

/** Names the caller, handles writes itself, before any body of a stranger is read, and leaves reads to Verdaccio. */
export function createFront(options: FrontOptions): RequestListener {
  return (request, response) => {
    void handle(options, { request, response }).catch(async (error: unknown) => {
      const refusal = isDatabaseAway(error) ? unavailable(error) : error;
      if (!(refusal instanceof PlatformError)) options.log.error({ err: error }, 'a request failed');
      await discardBody(request);
      if (!request.complete) response.setHeader('connection', 'close');
      sendError(response, refusal);
    });
  };
}

async function handle(options: FrontOptions, { request, response }: Exchange): Promise<void> {
  const route = parseRoute(request.method ?? 'GET', request.url ?? '/');
  switch (route.kind) {
    case 'read':
      return await serveRead(options, route, { request, response });
    case 'update':
    case 'tag':
    case 'untag':
    case 'remove': {
      await write(options, route, request);
      return sendJson(response, 201, { ok: true, success: true });
    }
    default:
      return await serve(options, route, { request, response });
  }
}

async function serve(options: FrontOptions, route: ServiceRoute, { request, response }: Exchange): Promise<void> {
  const { npmLogin, npmAccount } = options;
  switch (route.kind) {
    case 'unsupported':
      throw registryError([{ code: 'IA_REGISTRY_UNSUPPORTED', message: 'The registry does not offer this call.' }]);
    case 'elsewhere':
      throw elsewhere(route.what);
    case 'signIn':
      return await npmLogin.signIn(request, response);
    case 'beginLogin':
      return await npmLogin.begin(request, response);
    case 'pollLogin':
      return await npmLogin.poll(route.secret, response);
    case 'logout':
      return await npmLogin.logout(route.token, request, response);
    case 'ping':
      return sendJson(response, 200, {});
    case 'whoami':
      return sendJson(response, 200, npmAccount.whoami(await callerOf(options, request)));
    case 'packagesOf':
      return sendJson(response, 200, await npmAccount.packagesOf(await callerOf(options, request), route.owner));
    case 'visibility':
      return sendJson(response, 200, npmAccount.visibility(await callerOf(options, request), route.packageName));
    case 'keys':
      return sendJson(response, 200, await options.readKeys());
    case 'search': {
      const query = parseSearchQuery(request.url ?? '/');
      return sendJson(response, 200, await options.search(await callerOf(options, request), query));
    }
  }
}

async function callerOf({ identify }: FrontOptions, request: IncomingMessage): Promise<Caller> {
  const caller = await identify(request.headers.authorization);
  if (caller !== null) return caller;
  throw registryError([
    { code: 'IA_REGISTRY_UNAUTHENTICATED', message: 'The API token is unknown, expired or revoked.' },
  ]);
}

async function write(options: FrontOptions, route: WriteRoute, request: IncomingMessage): Promise<void> {
  const caller = await callerOf(options, request);
  if (caller.kind !== 'token') {
    throw registryError([{ code: 'IA_REGISTRY_UNAUTHENTICATED', message: 'This needs an API token of the platform.' }]);
  }
  const sender = { caller, origin: originOf(request) };
  // One write at a time bounds what a tenant can make the registry hold in memory, and keeps the others' turn.
  await options.writeLock(caller.principal.tenantId, () => apply(options, route, { sender, request }));
}

async function apply(
  { publisher, bodies }: Pick<FrontOptions, 'publisher' | 'bodies'>,
  route: WriteRoute,
  { sender, request }: Readonly<{ sender: Sender; request: IncomingMessage }>,
): Promise<void> {
  switch (route.kind) {
    case 'update':
      return await bodies.use(request, (body) => publisher.update(sender, route.packageName, body));
    case 'tag':
      return await bodies.use(request, (body) => publisher.tag(sender, route.packageName, route.tag, body));
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
