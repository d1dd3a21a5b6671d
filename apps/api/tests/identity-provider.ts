import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

export type TestIdentityProvider = {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Lets people be sent back here, and nowhere else. */
  allowRedirect(uri: string): void;
  /** What it says of an account beside its address, by the name that one logs in with. */
  readonly claims: Map<string, Readonly<Record<string, unknown>>>;
  close(): Promise<void>;
};

const CLIENT = { clientId: 'ia-modules', clientSecret: 'the-secret-of-the-client' };

/** A real OpenID provider on loopback. Its people log in with their address and any password. */
export const startIdentityProvider = async (): Promise<TestIdentityProvider> => {
  const claims = new Map<string, Readonly<Record<string, unknown>>>();
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const createHandler = (redirectUris: string[]) => {
    const provider = new Provider(issuer, {
      clients: [{ client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret, redirect_uris: redirectUris }],
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
      findAccount: (_context, login) => ({
        accountId: login,
        claims: () => ({ sub: login, email: login, email_verified: true, name: login, ...claims.get(login) }),
      }),
      cookies: { keys: ['a key of the test'] },
    });
    return provider.callback();
  };

  let handle = createHandler(['http://localhost/none']);
  return {
    issuer,
    ...CLIENT,
    allowRedirect: (uri) => {
      handle = createHandler([uri]);
    },
    claims,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};

/** A browser as far as sign-in needs one: it keeps the cookies of each origin and follows no redirect by itself. */
export class CookieBrowser {
  readonly #cookies = new Map<string, Map<string, string>>();

  async open(url: string, init: RequestInit = {}): Promise<Response> {
    const jar = this.#cookies.get(new URL(url).origin) ?? new Map<string, string>();
    this.#cookies.set(new URL(url).origin, jar);
    const headers = new Headers(init.headers);
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';', 1);
      const [name = '', ...value] = pair.split('=');
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value.join('='));
    }
    return response;
  }

  cookieOf(origin: string): string {
    return [...(this.#cookies.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}

const MAX_STEPS = 12;

/** Logs in and consents, as a person does in the provider's pages; resolves with where the provider sends them then. */
export const passProvider = async (
  browser: CookieBrowser,
  { issuer, start, login }: Readonly<{ issuer: string; start: string; login: string }>,
): Promise<URL> => {
  let url = start;
  let form: URLSearchParams | undefined;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const response = await browser.open(url, form === undefined ? {} : { method: 'POST', body: form });
    const location = response.headers.get('location');
    form = undefined;
    if (location !== null) {
      url = new URL(location, url).href;
      if (new URL(url).origin !== issuer) return new URL(url);
      continue;
    }
    const page = await response.text();
    const action = /<form[^>]* action="([^"]+)"/.exec(page)?.[1];
    const prompt = /name="prompt" value="([^"]+)"/.exec(page)?.[1];
    if (action === undefined || prompt === undefined) throw new Error(`no form at ${url}: ${page.slice(0, 300)}`);
    url = new URL(action, url).href;
    form = new URLSearchParams({ prompt, ...(prompt === 'login' && { login, password: 'any' }) });
  }
  throw new Error('the provider sends in circles');
};
