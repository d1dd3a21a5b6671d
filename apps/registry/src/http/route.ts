/** What a request asks for. Verdaccio gets to see `read` and `ping` alone. */
export type Route = ReadRoute | WriteRoute | ServiceRoute;

export type ReadRoute = Readonly<{
  kind: 'read';
  packageName: string;
  /** The version that is named, or whose tarball is; undefined for all of them. */
  version?: string;
  /** The file name of the tarball that is asked for. */
  tarball?: string;
  isTagList?: boolean;
}>;

export type WriteRoute =
  | Readonly<{ kind: 'update'; packageName: string }>
  | Readonly<{ kind: 'remove' }>
  | Readonly<{ kind: 'tag'; packageName: string; tag: string }>
  | Readonly<{ kind: 'untag'; packageName: string; tag: string }>;

export type ServiceRoute =
  | Readonly<{ kind: 'ping' }>
  | Readonly<{ kind: 'search' }>
  /** `npm audit signatures` */
  | Readonly<{ kind: 'keys' }>
  | Readonly<{ kind: 'whoami' }>
  /** `npm login --auth-type=legacy` */
  | Readonly<{ kind: 'signIn' }>
  /** `npm login` begins. */
  | Readonly<{ kind: 'beginLogin' }>
  /** `npm login` asks whether the person has answered. */
  | Readonly<{ kind: 'pollLogin'; secret: string }>
  | Readonly<{ kind: 'logout'; token: string }>
  /** `npm access list packages` */
  | Readonly<{ kind: 'packagesOf'; owner: string }>
  /** `npm access get status` */
  | Readonly<{ kind: 'visibility'; packageName: string }>
  /** What npm has a command for and the platform does elsewhere. */
  | Readonly<{ kind: 'elsewhere'; what: 'tokens' | 'account' | 'access' }>
  | Readonly<{ kind: 'unsupported' }>;

const UNSUPPORTED: Route = { kind: 'unsupported' };
const TARBALL = /^[a-z0-9][a-z0-9._+-]*\.tgz$/i;
const USER = 'org.couchdb.user:';

/** Reads method and address. `npm` writes a scoped name as one segment (`@a%2fb`), others as two. */
export function parseRoute(method: string, url: string): Route {
  const segments = decodedSegments(url);
  if (segments === null) return UNSUPPORTED;
  const isRead = method === 'GET' || method === 'HEAD';
  if (segments[0] === '-') return serviceRoute(method, segments.slice(1));
  const [packageName = '', ...rest] = joinScope(segments);
  if (isRead) return readRoute(packageName, rest);
  if (method === 'PUT' && packageName !== '' && rest.length === 0) return { kind: 'update', packageName };
  const isRevision = rest.includes('-rev') || method === 'DELETE';
  return isRevision ? { kind: 'remove' } : UNSUPPORTED;
}

/** The one address that a read is known by. */
export function addressOf({ packageName, version, tarball, isTagList }: ReadRoute): string {
  const name = encodeURIComponent(packageName).replace(/^%40/, '@');
  if (isTagList === true) return `/-/package/${name}/dist-tags`;
  if (tarball !== undefined) return `/${name}/-/${encodeURIComponent(tarball)}`;
  return version === undefined ? `/${name}` : `/${name}/${encodeURIComponent(version)}`;
}

/** A package, one of its versions, or a tarball: Verdaccio would serve its own files next to the tarballs as well. */
function readRoute(packageName: string, [first, second, ...more]: readonly string[]): Route {
  if (packageName === '' || more.length > 0 || first?.includes('/') === true) return UNSUPPORTED;
  if (first === undefined) return { kind: 'read', packageName };
  if (second === undefined) return { kind: 'read', packageName, version: first };
  if (first !== '-' || !TARBALL.test(second)) return UNSUPPORTED;
  const version = versionOfTarball(packageName, second);
  return { kind: 'read', packageName, tarball: second, ...(version === undefined ? {} : { version }) };
}

/** `tool-1.0.0.tgz` of `@scope/tool` is 1.0.0. */
function versionOfTarball(packageName: string, filename: string): string | undefined {
  const start = `${packageName.slice(packageName.indexOf('/') + 1)}-`;
  return filename.startsWith(start) ? filename.slice(start.length, -'.tgz'.length) : undefined;
}

function serviceRoute(method: string, segments: readonly string[]): Route {
  const isRead = method === 'GET' || method === 'HEAD';
  const [service, ...rest] = segments;
  if (isRead && segments.join('/') === 'npm/v1/keys') return { kind: 'keys' };
  if (service === 'package') return packageServiceRoute(method, isRead, rest);
  if (service === 'user' || service === 'org') return accountRoute(method, segments);
  if (service === 'npm' && rest[1] !== 'security') return { kind: 'elsewhere', what: whatOf(rest) };
  if (service === 'team') return { kind: 'elsewhere', what: 'access' };
  const path = segments.join('/');
  if (method === 'POST' && path === 'v1/login') return { kind: 'beginLogin' };
  if (!isRead) return UNSUPPORTED;
  if (path === 'v1/search') return { kind: 'search' };
  if (path === 'ping' || path === 'whoami') return { kind: path };
  const isPoll = rest.length === 3 && path.startsWith('v1/login/done/');
  return isPoll ? { kind: 'pollLogin', secret: rest[2] ?? '' } : UNSUPPORTED;
}

function packageServiceRoute(method: string, isRead: boolean, segments: readonly string[]): Route {
  const [packageName = '', service, tag, ...rest] = joinScope(segments);
  if (rest.length > 0) return UNSUPPORTED;
  if (service === 'visibility' && isRead && tag === undefined) return { kind: 'visibility', packageName };
  if (service === 'access' || service === 'collaborators') return { kind: 'elsewhere', what: 'access' };
  if (service !== 'dist-tags') return UNSUPPORTED;
  if (tag === undefined) return isRead ? { kind: 'read', packageName, isTagList: true } : UNSUPPORTED;
  if (method === 'PUT') return { kind: 'tag', packageName, tag };
  return method === 'DELETE' ? { kind: 'untag', packageName, tag } : UNSUPPORTED;
}

function accountRoute(method: string, segments: readonly string[]): Route {
  const [service, owner = '', what, ...rest] = segments;
  if (rest.length > 0) return UNSUPPORTED;
  if (service === 'user' && owner === 'token' && method === 'DELETE' && what !== undefined) {
    return { kind: 'logout', token: what };
  }
  if (service === 'user' && method === 'PUT' && owner.startsWith(USER) && what === undefined) return { kind: 'signIn' };
  if (what === 'package' && method === 'GET') return { kind: 'packagesOf', owner };
  return { kind: 'elsewhere', what: 'account' };
}

function whatOf(segments: readonly string[]): 'tokens' | 'account' | 'access' {
  if (segments.includes('tokens')) return 'tokens';
  return segments.includes('user') ? 'account' : 'access';
}

function joinScope([first = '', second, ...rest]: readonly string[]): string[] {
  if (first.startsWith('@') && !first.includes('/') && second !== undefined) return [`${first}/${second}`, ...rest];
  return second === undefined ? [first] : [first, second, ...rest];
}

function decodedSegments(url: string): string[] | null {
  const [path = ''] = url.split('?', 1);
  try {
    return path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
  } catch {
    return null;
  }
}
