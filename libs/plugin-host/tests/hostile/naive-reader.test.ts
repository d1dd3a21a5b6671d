import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { NaiveReader } from './naive-reader.ts';

it('listens to a request that fails before anybody waits for it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  const reader = new NaiveReader(5);
  const frame = { type: 'fetch', id: 5, request: { url: `http://127.0.0.1:${port}/` } };
  reader.read(Buffer.from(`${JSON.stringify(frame)}\n`));
  await reader.settle();
  await nextTurn();
  process.off('unhandledRejection', note);
  expect([reader.end().outcome.reached.length, unhandled]).toEqual([1, []]);
});
