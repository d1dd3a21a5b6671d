import type { RequestListener } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { type Listener, listen, listenAddresses } from '@ia-modules/service';

const listeners: Listener[] = [];
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.close()));
});

const serve = async (port: number, onRequest: RequestListener): Promise<Listener> => {
  const listener = await listen({
    addresses: listenAddresses('localhost'),
    port,
    portVariable: 'IA_TEST_PORT',
    requestTimeoutMs: 10_000,
    onRequest,
  });
  listeners.push(listener);
  return listener;
};

test('localhost answers on one port, whatever it resolves to', async () => {
  const { port } = await serve(0, (_request, response) => response.end('hello'));
  for (const host of ['localhost', '127.0.0.1']) {
    expect(await (await fetch(`http://${host}:${port}`)).text()).toBe('hello');
  }
});

test('a taken port is refused with the setting to change', async () => {
  const { port } = await serve(0, (_request, response) => response.end());
  await expect(serve(port, () => {})).rejects.toMatchObject({
    code: 'IA_CONFIG_INVALID',
    message: expect.stringContaining(String(port)),
    hint: expect.stringContaining('IA_TEST_PORT'),
  });
});

test('an open request is answered while the server stops', async () => {
  const arrived = Promise.withResolvers<() => void>();
  const listener = await serve(0, (_request, response) => arrived.resolve(() => void response.end('late')));
  const answer = fetch(`http://localhost:${listener.port}`);
  const finish = await arrived.promise;
  const closed = listener.close();
  finish();
  expect(await (await answer).text()).toBe('late');
  await closed;
  listeners.length = 0;
  await expect(fetch(`http://localhost:${listener.port}`)).rejects.toThrow('fetch failed');
});
