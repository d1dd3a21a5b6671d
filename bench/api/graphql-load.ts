import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { type Summary, summarize } from '@ia-modules/benchmark';
import { cpuTimeMs } from './cpu-time.ts';

export type Operation = {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
};

export type Target = { readonly url: string; readonly pid: number; readonly token?: string };

export type Cost = {
  readonly requests: number;
  /** Of the server's process, each request. */
  readonly cpuMs: number;
  readonly wallMs: Summary;
  readonly perSecond: number;
};

type Answer = { readonly data?: unknown; readonly errors?: readonly unknown[] };

export type GraphqlSender = Disposable & { send(operation: Operation): Promise<Answer> };

/** Sends operations over connections that are kept alive. */
export const createSender = ({ url, token }: Target, connections: number): GraphqlSender => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const headers = {
    'content-type': 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  return {
    send: ({ query, variables }) =>
      new Promise((resolve, reject) => {
        const body = JSON.stringify({ query, ...(variables !== undefined && { variables }) });
        const sent = request(
          `${url}/graphql`,
          { method: 'POST', agent, headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
          (response) => {
            const chunks: Buffer[] = [];
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Answer));
          },
        );
        sent.on('error', reject).end(body);
      }),
    [Symbol.dispose]: () => agent.destroy(),
  };
};

type LoadShape = { readonly requests: number; readonly atOnce: number; readonly warmUp: number };

/**
 * Sends the same operation many times. CPU time is the whole server's, so nothing else may use it meanwhile.
 * @throws Error when an answer has errors
 */
export const measureOperation = async (target: Target, operation: Operation, load: LoadShape): Promise<Cost> => {
  using sender = createSender(target, load.atOnce);
  const ask = async (): Promise<number> => {
    const startedAt = performance.now();
    const answer = await sender.send(operation);
    if (answer.errors !== undefined) throw new Error(`the server answered ${JSON.stringify(answer.errors)}`);
    return performance.now() - startedAt;
  };
  await askMany(ask, load.warmUp, load.atOnce);
  const cpuBeforeMs = cpuTimeMs(target.pid);
  const startedAt = performance.now();
  const times = await askMany(ask, load.requests, load.atOnce);
  const elapsedMs = performance.now() - startedAt;
  return {
    requests: load.requests,
    cpuMs: (cpuTimeMs(target.pid) - cpuBeforeMs) / load.requests,
    wallMs: summarize(times),
    perSecond: (load.requests / elapsedMs) * 1_000,
  };
};

const askMany = async (ask: () => Promise<number>, count: number, atOnce: number): Promise<number[]> => {
  const times: number[] = [];
  let left = count;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      times.push(await ask());
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return times;
};
