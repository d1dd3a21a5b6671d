/** `publicApiUrl` is what the browser calls, `apiUrl` what this server calls; both without a trailing slash. */
export type PortalConfig = Readonly<{ publicApiUrl: string; apiUrl: string }>;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the portal's settings when a request needs them, so that one build serves any API.
 * @throws when a URL is malformed; the message names the variable.
 */
export function readConfig(environment: Environment = process.env): PortalConfig {
  const publicApiUrl = readUrl(environment, 'IA_PUBLIC_API_URL', 'http://localhost:4100');
  return { publicApiUrl, apiUrl: readUrl(environment, 'IA_API_URL', publicApiUrl) };
}

function readUrl(environment: Environment, name: string, fallback: string): string {
  const value = environment[name] ?? fallback;
  const url = URL.parse(value);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new Error(`${name} must be an http or https URL such as ${fallback}.`);
  }
  return value.replace(/\/+$/, '');
}
