import { createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import * as restate from '@restatedev/restate-sdk';
import { pinnedVersion } from './pinned-version.ts';
import { startRestateServer } from './restate-server.ts';
import { STEPS, type Subject, timeRun } from './subject.ts';

const noops = restate.service({
  name: 'noops',
  handlers: {
    run: async (context: restate.Context): Promise<number> => {
      let done = 0;
      for (let step = 1; step <= STEPS; step += 1) done += await context.run(`step ${step}`, () => 1);
      return done;
    },
  },
});

const listen = async (server: Http2Server): Promise<string> => {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const post = async (url: string, body?: unknown): Promise<unknown> => {
  const response = await fetch(url, {
    method: 'POST',
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
};

export const restateService: Subject = {
  name: 'Restate',
  method: `SDK ${pinnedVersion('@restatedev/restate-sdk')}, a handler with ${STEPS} \`ctx.run\` in this process, called through the ingress of a server of one node that has its own log, with fsync`,
  open: async ({ directory }) => {
    await using resources = new AsyncDisposableStack();
    const server = resources.use(await startRestateServer(directory));
    const endpoint = createServer(restate.createEndpointHandler({ services: [noops], logger: () => {} }));
    resources.defer(() => void endpoint.close());
    await post(`${server.adminUrl}/deployments`, { uri: await listen(endpoint) });
    const kept = resources.move();
    return {
      start: timeRun(async () => Number(await post(`${server.ingressUrl}/noops/run`))),
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    };
  },
};
