import { createServer } from 'node:http';
import { findContribution } from '@ia-modules/plugin-sdk';
import { createContext } from '@ia-modules/plugin-sdk/host';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plugin } from './index.ts';
let server;
let origin;
const answers = {
  '/json': (_request, response) =>
    response.setHeader('content-type', 'application/json; charset=utf-8').end('{"n":[1,2]}'),
  '/problem': (_request, response) =>
    response.setHeader('content-type', 'application/problem+json').end('{"title":"x"}'),
  '/text': (_request, response) => response.end('{"n":1}'),
  '/empty': (_request, response) => response.writeHead(204).end(),
  '/broken': (_request, response) => response.setHeader('content-type', 'application/json').end('{'),
  '/echo': (request, response, body) =>
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body })),
  '/busy': (_request, response) => response.writeHead(503).end('try later'),
  '/missing': (_request, response) => response.writeHead(404).end('not here'),
  '/moved': (_request, response) => response.writeHead(302, { location: '/text' }).end(),
  '/hangup': (request) => request.socket.destroy(),
  '/silent': () => {},
};
beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () =>
      answers[new URL(request.url ?? '', 'http://x').pathname]?.(request, response, Buffer.concat(chunks).toString()),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
const request = async (input, signal = new AbortController().signal) => {
  const ctx = createContext({
    fetch,
    signal,
    secrets: {},
    idempotencyKey: 'run-1/pay',
    task: { runId: 'run-1', stepId: 'pay', attempt: 1 },
  });
  const url = input.url.startsWith('/') ? `${origin}${input.url}` : input.url;
  const output = await findContribution(plugin, 'step', 'request')?.run({ ...input, url }, ctx);
  return output;
};
/** A port on which nobody listens any more. */
const closedPort = async () => {
  const other = createServer();
  await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address();
  await new Promise((resolve) => other.close(resolve));
  return port;
};
describe('http.request', () => {
  it.each([
    ['/json', { n: [1, 2] }],
    ['/problem', { title: 'x' }],
    ['/text', '{"n":1}'],
    ['/empty', ''],
    ['/moved', '{"n":1}'],
  ])('reads %s', async (url, body) => {
    expect((await request({ url })).body).toEqual(body);
  });
  it('sends JSON with the idempotency key of the task', async () => {
    const { body } = await request({ url: '/echo?a=1', method: 'POST', query: { b: 2 }, body: { x: [1] } });
    expect(body).toMatchObject({
      method: 'POST',
      url: '/echo?a=1&b=2',
      body: '{"x":[1]}',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'run-1/pay' },
    });
  });
  it('sends no idempotency key with a safe method, and never replaces the author’s own', async () => {
    expect((await request({ url: '/echo' })).body['headers']).not.toHaveProperty('idempotency-key');
    const own = await request({ url: '/echo', method: 'PUT', headers: { 'Idempotency-Key': 'mine' }, body: 'text' });
    expect(own.body).toMatchObject({ body: 'text', headers: { 'idempotency-key': 'mine' } });
  });
  it('fails on a status that was not expected, and lets a busy server be asked again', async () => {
    await expect(request({ url: '/busy' })).rejects.toMatchObject({
      name: 'HttpStatusError',
      retryable: true,
      details: { status: 503, body: 'try later' },
    });
    await expect(request({ url: '/missing' })).rejects.toMatchObject({ name: 'HttpStatusError', retryable: false });
    await expect(request({ url: '/json', expect_status: [201] })).rejects.toMatchObject({ details: { status: 200 } });
    expect((await request({ url: '/missing', expect_status: [200, 404] })).status).toBe(404);
    expect((await request({ url: '/moved', follow_redirects: false })).status).toBe(302);
  });
  it('calls what the network does a NetworkError that may be retried', async () => {
    const network = { name: 'NetworkError', code: 'IA_PLUGIN_NET_FAILED', retryable: true };
    await expect(request({ url: '/hangup' })).rejects.toMatchObject(network);
    await expect(request({ url: '/silent', timeout_ms: 20 })).rejects.toMatchObject(network);
    await expect(request({ url: 'http://127.0.0.1:1/' })).rejects.toMatchObject(network);
  });
  it('does not know what became of an unsafe request that got lost, and knows of one that was never sent', async () => {
    const unknown = { name: 'NetworkError', retryable: true, details: { outcome: 'unknown' } };
    await expect(request({ url: '/hangup', method: 'POST' })).rejects.toMatchObject(unknown);
    await expect(request({ url: '/silent', method: 'PUT', timeout_ms: 20 })).rejects.toMatchObject(unknown);
    const sure = { name: 'NetworkError', retryable: true, details: undefined };
    await expect(request({ url: `http://127.0.0.1:${await closedPort()}/`, method: 'POST' })).rejects.toMatchObject(
      sure,
    );
    await expect(request({ url: '/hangup' })).rejects.toMatchObject(sure);
  });
  it('never shows the path or query of its URL in an error', async () => {
    await expect(request({ url: '/missing?token=hush' })).rejects.toThrow(
      /^GET 127\.0\.0\.1:\d+ answered 404 Not Found$/,
    );
  });
  it.each([
    [
      'a line break in a header',
      { headers: { authorization: 'Bearer hush\r\nhost: evil.example' } },
      /"authorization"/,
    ],
    ['a character beyond Latin-1', { headers: { 'x-key': 'hush🤫' } }, /"x-key"/],
    ['a header name with a space', { headers: { 'x key': 'hush' } }, /"x key"/],
    ['a password in the URL', { url: 'http://me:hush@127.0.0.1/' }, /password/],
  ])('refuses %s once and for all, without quoting it', async (_what, input, message) => {
    const refusal = await request({ url: '/json', ...input }).catch((error) => error);
    expect(refusal).toMatchObject({
      code: 'IA_PLUGIN_INPUT',
      retryable: false,
      message: expect.stringMatching(message),
    });
    expect(String(refusal)).not.toContain('hush');
  });
  it('stops when the run is canceled', async () => {
    const controller = new AbortController();
    const pending = request({ url: '/silent' }, controller.signal);
    controller.abort(new Error('canceled by a person'));
    await expect(pending).rejects.toThrow('canceled by a person');
  });
  it.each([
    ['ftp://example.com', {}],
    ['/json', { method: 'TRACE' }],
    ['/json', { surprise: true }],
  ])('refuses %s with %j', async (url, extra) => {
    await expect(request({ url, ...extra })).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
  });
  it('says when JSON was announced and something else came', async () => {
    await expect(request({ url: '/broken' })).rejects.toMatchObject({ name: 'HttpBodyError', retryable: false });
    expect((await request({ url: '/broken', response: 'text' })).body).toBe('{');
  });
});
