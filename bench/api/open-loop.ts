import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';

export type Shot = { readonly url: string; readonly token?: string | undefined; readonly body: string };
export type Hit = { readonly status: number; readonly ms: number; readonly retryAfter: string | undefined };

/** Connections that are kept for as long as the load lasts. */
export const createGun = (connections: number) => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    /** Status 0 stands for a connection that broke or was refused. */
    shoot: ({ url, token, body }: Shot): Promise<Hit> =>
      new Promise((resolve) => {
        const startedAt = performance.now();
        const settle = (status: number, retryAfter?: string): void =>
          resolve({ status, ms: performance.now() - startedAt, retryAfter });
        const sent = request(
          `${url}/graphql`,
          {
            method: 'POST',
            agent,
            headers: {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(body),
              ...(token !== undefined && { authorization: `Bearer ${token}` }),
            },
          },
          (response) => {
            response.resume();
            response.on('end', () => settle(response.statusCode ?? 0, response.headers['retry-after']));
            response.on('error', () => settle(0));
          },
        );
        sent.on('error', () => settle(0)).end(body);
      }),
    [Symbol.dispose]: () => agent.destroy(),
  };
};

type Pace = { readonly perSecond: number; readonly seconds: number };

const TICK_MS = 5;

/** Sends at a rate of its own, however slowly the answers come: as many callers do who know nothing of each other. */
export const shootAtRate = async (shoot: () => Promise<Hit>, { perSecond, seconds }: Pace): Promise<readonly Hit[]> => {
  const hits: Promise<Hit>[] = [];
  const startedAt = performance.now();
  const done = Promise.withResolvers<void>();
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - startedAt;
    const due = Math.floor((Math.min(elapsedMs, seconds * 1_000) / 1_000) * perSecond);
    while (hits.length < due) hits.push(shoot());
    if (elapsedMs >= seconds * 1_000) done.resolve();
  }, TICK_MS);
  await done.promise;
  clearInterval(timer);
  return Promise.all(hits);
};
