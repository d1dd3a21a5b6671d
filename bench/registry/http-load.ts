import { Agent, get } from 'node:http';
import { performance } from 'node:perf_hooks';

/** What npm asks for when it installs a plugin into a project for the first time. */
const ACCEPT = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*';

export type Load = Readonly<{
  url: string;
  token: string | undefined;
  plugins: readonly string[];
  seconds: number;
  connections: number;
}>;
export type LoadFigures = Readonly<{ installs: number; failures: number; seconds: number; timesMs: readonly number[] }>;

type Answer = Readonly<{ status: number; etag: string | undefined; body: Buffer }>;

/** Asks as so many npm clients at once would: each document, its tarball, and later whether the document changed. */
export const loadRegistry = async ({ url, token, plugins, seconds, connections }: Load): Promise<LoadFigures> => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const ask = (path: string, headers: Readonly<Record<string, string>>): Promise<Answer> =>
    new Promise((resolve, reject) => {
      get(`${url}${path}`, { agent, headers: { ...authorization, ...headers } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, etag: response.headers.etag, body: Buffer.concat(chunks) }),
        );
      }).on('error', reject);
    });
  const install = async (): Promise<boolean> => {
    let isFine = true;
    for (const plugin of plugins) {
      const path = `/${plugin.replace('/', '%2f')}`;
      const document = await ask(path, { accept: ACCEPT, 'accept-encoding': 'gzip' });
      const tarball = await ask(`/${plugin}/-/${plugin.split('/')[1] ?? ''}-1.0.2.tgz`, {});
      const again = await ask(path, {
        accept: ACCEPT,
        'accept-encoding': 'gzip',
        'if-none-match': document.etag ?? '',
      });
      isFine &&= document.status === 200 && tarball.status === 200 && again.status === 304;
    }
    return isFine;
  };
  const timesMs: number[] = [];
  let failures = 0;
  const startedAt = performance.now();
  const client = async (): Promise<void> => {
    while (performance.now() - startedAt < seconds * 1_000) {
      const askedAt = performance.now();
      const isFine = await install().catch(() => false);
      timesMs.push(performance.now() - askedAt);
      if (!isFine) failures += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, client));
  agent.destroy();
  return { installs: timesMs.length, failures, seconds: (performance.now() - startedAt) / 1_000, timesMs };
};
