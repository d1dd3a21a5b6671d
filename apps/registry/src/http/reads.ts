import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { decideRead } from '../access/access.ts';
import type { Caller, Identify } from '../access/caller.ts';
import { isDatabaseAway } from '../catalogue/database-away.ts';
import type { Downloads } from '../catalogue/downloads.ts';
import { parsePackageName } from '../access/package-name.ts';
import { registryError, takenDown } from '../registry-error.ts';
import { type ReadRoute, addressOf } from './route.ts';
import type { Standing } from '../catalogue/standing.ts';
import type { Uplink } from '../uplink.ts';

export type ReadOptions = Readonly<{
  identify: Identify;
  standing: Pick<Standing, 'takedownOf'>;
  downloads: Pick<Downloads, 'count'>;
  uplink: Uplink | null;
  verdaccio: Server;
  /** Where Verdaccio's plugin finds the caller of a request. */
  callers: WeakMap<IncomingMessage, Caller>;
}>;

/** Serves a package, a version or a tarball through Verdaccio, unless it is taken down or comes from elsewhere. */
export async function serveRead(
  options: ReadOptions,
  route: ReadRoute,
  { request, response }: Readonly<{ request: IncomingMessage; response: ServerResponse }>,
): Promise<void> {
  const { packageName, version } = route;
  const caller = await readerOf(options, packageName, request);
  // What is looked up is what was judged: others may read an address in another way.
  request.url = addressOf(route);
  if (options.uplink !== null && (await options.uplink.isForeign(packageName))) {
    options.uplink.serve(caller, request, response);
    return;
  }
  const reason = options.standing.takedownOf(packageName, version);
  // Whoever may not see a package does not hear that it is taken down either.
  if (reason !== null && decideRead(caller, packageName).ok) {
    throw takenDown(version === undefined ? packageName : `${packageName}@${version}`, reason);
  }
  if (route.tarball !== undefined && request.method === 'GET' && caller.kind !== 'platform' && version !== undefined) {
    response.once('finish', () => {
      if (response.statusCode === 200) options.downloads.count(packageName, version);
    });
  }
  options.callers.set(request, caller);
  options.verdaccio.emit('request', request, response);
}

/** What everyone may read is served while nobody can say who asks. */
async function readerOf({ identify }: ReadOptions, packageName: string, request: IncomingMessage): Promise<Caller> {
  const caller = await identify(request.headers.authorization).catch((error: unknown): Caller => {
    const isForEveryone = parsePackageName(packageName)?.visibility === 'public';
    if (isForEveryone && isDatabaseAway(error)) return { kind: 'anonymous' };
    throw error;
  });
  if (caller !== null) return caller;
  throw registryError([
    { code: 'IA_REGISTRY_UNAUTHENTICATED', message: 'The API token is unknown, expired or revoked.' },
  ]);
}
