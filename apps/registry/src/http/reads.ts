import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { decideRead } from '../access/access.ts';
import type { Caller, Identify } from '../access/caller.ts';
import { isDatabaseAway } from '../catalogue/database-away.ts';
import type { Downloads } from '../catalogue/downloads.ts';
import { type PackageName, parsePackageName } from '../access/package-name.ts';
import { registryError, takenDown } from '../registry-error.ts';
import type { AnswerCache } from './answer-cache.ts';
import { type ReadRoute, addressOf } from './route.ts';
import { recordAnswer, sendStored } from './stored-answer.ts';
import type { Standing } from '../catalogue/standing.ts';
import type { PackageStore } from '../storage/package-store.ts';
import type { Uplink } from '../uplink.ts';

export type ReadOptions = Readonly<{
  identify: Identify;
  standing: Pick<Standing, 'takedownOf' | 'revision'>;
  store: Pick<PackageStore, 'revisionOf' | 'openTarball'>;
  answers: AnswerCache;
  downloads: Pick<Downloads, 'count'>;
  uplink: Uplink | null;
  verdaccio: Server;
  /** Where Verdaccio's plugin finds the caller of a request. */
  callers: WeakMap<IncomingMessage, Caller>;
}>;

type Exchange = Readonly<{ request: IncomingMessage; response: ServerResponse }>;

/**
 * Serves a package, a version or a tarball, unless it is taken down or comes from elsewhere. Verdaccio makes the answers;
 * what it said before and what is a file goes out without it.
 */
export async function serveRead(options: ReadOptions, route: ReadRoute, exchange: Exchange): Promise<void> {
  const { packageName, version } = route;
  const { request, response } = exchange;
  const caller = await readerOf(options, packageName, request);
  // What is looked up is what was judged: others may read an address in another way.
  request.url = addressOf(route);
  if (options.uplink !== null && (await options.uplink.isForeign(packageName))) {
    options.uplink.serve(caller, request, response);
    return;
  }
  const reason = options.standing.takedownOf(packageName, version);
  const mayRead = decideRead(caller, packageName).ok;
  // Whoever may not see a package does not hear that it is taken down either.
  if (reason !== null && mayRead) {
    throw takenDown(version === undefined ? packageName : `${packageName}@${version}`, reason);
  }
  if (route.tarball !== undefined && request.method === 'GET' && caller.kind !== 'platform' && version !== undefined) {
    response.once('finish', () => {
      if (response.statusCode === 200) options.downloads.count(packageName, version);
    });
  }
  const name = mayRead && request.method === 'GET' ? parsePackageName(packageName) : null;
  if (name !== null && route.tarball !== undefined) {
    if (await serveTarball(options, { name, filename: route.tarball }, response)) return;
  } else if (name !== null && (await serveStored(options, name, exchange))) return;
  options.callers.set(request, caller);
  options.verdaccio.emit('request', request, response);
}

/** False: there is no such file. */
async function serveTarball(
  { store }: ReadOptions,
  { name, filename }: Readonly<{ name: PackageName; filename: string }>,
  response: ServerResponse,
): Promise<boolean> {
  const found = await store.openTarball(name, filename);
  if (found === undefined) return false;
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('content-type', 'application/octet-stream');
  response.setHeader('content-length', found.sizeBytes);
  // A client that is gone hears nothing; a file that breaks off breaks off its answer.
  await pipeline(found.body, response).catch(() => response.destroy());
  return true;
}

/** Sends what was answered before, if nothing changed since; if not, keeps what is going to be answered. */
async function serveStored(
  { store, standing, answers }: ReadOptions,
  name: PackageName,
  { request, response }: Exchange,
): Promise<boolean> {
  const stored = await store.revisionOf(name);
  if (stored === undefined) return false;
  const { accept = '', 'accept-encoding': encoding = '' } = request.headers;
  const key = [request.url, accept, encoding].join('\n');
  const standingAtStart = standing.revision();
  const revision = `${stored} ${standingAtStart}`;
  const known = answers.find(key, revision);
  if (known !== undefined) {
    sendStored(request, response, known);
    return true;
  }
  recordAnswer(response, (answer) => {
    if (standing.revision() === standingAtStart) answers.hold(key, revision, answer);
  });
  return false;
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
