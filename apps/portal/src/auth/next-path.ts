const PORTAL = 'http://portal.invalid';

/** Where to go after the sign-in: a path of this portal, whatever stands in the address. */
export const nextPath = (wanted: string | null | undefined): string => {
  if (!wanted || !URL.canParse(wanted, PORTAL)) return '/';
  const { origin, pathname, search, hash } = new URL(wanted, PORTAL);
  // A path of two slashes would be read as another host.
  return origin === PORTAL && !pathname.startsWith('//') ? pathname + search + hash : '/';
};

/** The sign-in page, which leads on to a path afterwards. */
export const signInPath = (next: string): string => `/sign-in?next=${encodeURIComponent(next)}`;
