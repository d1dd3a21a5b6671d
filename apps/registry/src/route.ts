/** What a request asks for. Verdaccio gets to see `read` alone. */
export type Route =
  | Readonly<{ kind: 'read' }>
  | Readonly<{ kind: 'search' }>
  | Readonly<{ kind: 'login' }>
  | Readonly<{ kind: 'update'; packageName: string }>
  | Readonly<{ kind: 'remove' }>
  | Readonly<{ kind: 'tag'; packageName: string; tag: string }>
  | Readonly<{ kind: 'untag'; packageName: string; tag: string }>
  | Readonly<{ kind: 'unsupported' }>;

const UNSUPPORTED: Route = { kind: 'unsupported' };
const TARBALL = /^[a-z0-9][a-z0-9._+-]*\.tgz$/i;
const READABLE_SERVICES: ReadonlySet<string> = new Set(['ping', 'whoami']);

/** Reads method and address. `npm` writes a scoped name as one segment (`@a%2fb`), others as two. */
export function parseRoute(method: string, url: string): Route {
  const segments = decodedSegments(url);
  if (segments === null) return UNSUPPORTED;
  const isRead = method === 'GET' || method === 'HEAD';
  if (segments[0] === '-') return serviceRoute(method, isRead, segments.slice(1));
  const [packageName = '', ...rest] = joinScope(segments);
  if (isRead) return isPackageRead(rest) ? { kind: 'read' } : UNSUPPORTED;
  if (method === 'PUT' && packageName !== '' && rest.length === 0) return { kind: 'update', packageName };
  const isRevision = rest.includes('-rev') || method === 'DELETE';
  return isRevision ? { kind: 'remove' } : UNSUPPORTED;
}

/** A package, one of its versions, or a tarball: Verdaccio would serve its own files next to the tarballs as well. */
function isPackageRead(rest: readonly string[]): boolean {
  const [first = '', second, ...more] = rest;
  if (more.length > 0 || first.includes('/')) return false;
  return second === undefined ? true : first === '-' && TARBALL.test(second);
}

function serviceRoute(method: string, isRead: boolean, segments: readonly string[]): Route {
  if (segments[0] === 'package') {
    const [packageName = '', service, tag, ...rest] = joinScope(segments.slice(1));
    if (service !== 'dist-tags' || rest.length > 0) return UNSUPPORTED;
    if (isRead && tag === undefined) return { kind: 'read' };
    if (tag === undefined) return UNSUPPORTED;
    if (method === 'PUT') return { kind: 'tag', packageName, tag };
    return method === 'DELETE' ? { kind: 'untag', packageName, tag } : UNSUPPORTED;
  }
  if (method === 'POST' && segments.join('/') === 'v1/login') return { kind: 'login' };
  if (isRead && segments.join('/') === 'v1/search') return { kind: 'search' };
  return isRead && READABLE_SERVICES.has(segments.join('/')) ? { kind: 'read' } : UNSUPPORTED;
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
