const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const NAME = new RegExp(`^(?:\\*\\.${LABEL}(?:\\.${LABEL})+|${LABEL}(?:\\.${LABEL})*)$`);
const IPV6 = /^\[[0-9a-f:.]+\]$/;
const PORT = /:(\d{1,5})$/;
const MAX_PORT = 65_535;
const WEB_PORTS: ReadonlySet<number> = new Set([80, 443]);

/** Tells whether a text is a host pattern: `api.example.com`, `*.example.com`, `host:8443`, `[::1]:8080`, in lower case. */
export const isNetPattern = (text: string): boolean => {
  const { host, port } = split(text);
  return (NAME.test(host) || IPV6.test(host)) && (port === undefined || (port > 0 && port <= MAX_PORT));
};

/**
 * Tells whether a pattern covers a host and port. Without a port it covers 80 and 443 only; `*.` stands for one or more
 * labels, never for the bare domain.
 */
export const matchesNetPattern = (pattern: string, host: string, port: number): boolean => {
  const wanted = split(pattern.toLowerCase());
  if (wanted.port === undefined ? !WEB_PORTS.has(port) : wanted.port !== port) return false;
  const actual = host.toLowerCase().replace(/\.$/, '');
  if (wanted.host.startsWith('*.')) {
    const suffix = wanted.host.slice(1);
    return actual.length > suffix.length && actual.endsWith(suffix);
  }
  return actual === wanted.host;
};

const split = (text: string): { readonly host: string; readonly port: number | undefined } => {
  const port = PORT.exec(text)?.[1];
  return port === undefined
    ? { host: text, port: undefined }
    : { host: text.slice(0, -port.length - 1), port: Number(port) };
};
