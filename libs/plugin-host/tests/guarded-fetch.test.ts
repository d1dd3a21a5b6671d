import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createGuardedFetch, type GuardedFetch } from '../src/index.ts';

type Seen = {
  readonly host: string;
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};
const seen: Seen[] = [];
const servers: Server[] = [];
let allowed: string;
let other: string;
let guarded: GuardedFetch;

const listen = async (): Promise<string> => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
      const { headers, method = '' } = request;
      seen.push({ host: headers.host ?? '', path: pathname, method, headers, body: Buffer.concat(chunks).toString() });
      const status = Number(searchParams.get('status') ?? 200);
      if (pathname === '/to') response.writeHead(status, { location: searchParams.get('url') ?? '' }).end();
      else if (pathname === '/bomb')
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(8 << 20)));
      else if (pathname === '/cut')
        response.writeHead(200, { 'content-length': '100' }).write('x', () => response.destroy());
      else response.end('ok');
    });
  });
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return `localhost:${(server.address() as AddressInfo).port}`;
};

beforeAll(async () => {
  allowed = await listen();
  other = await listen();
  guarded = createGuardedFetch({ egressAllow: [allowed], maxResponseBytes: 1 << 20, maxRequestBytes: 1 << 20 });
});
beforeEach(() => {
  seen.length = 0;
});
afterAll(async () => {
  await guarded.close();
  for (const server of servers) server.close();
});

const denied = { code: 'IA_PLUGIN_NET_DENIED', disposition: 'terminal' };
const portOf = (host: string): string => host.slice('localhost:'.length);

describe('the guarded fetch', () => {
  it('reaches a private host that the operator named, by that name and port only', async () => {
    expect(await (await guarded.fetch(`http://${allowed}/`)).text()).toBe('ok');
    await expect(guarded.fetch(`http://${other}/`)).rejects.toMatchObject(denied);
    await expect(guarded.fetch(`http://127.0.0.1:${portOf(allowed)}/`)).rejects.toMatchObject(denied);
    expect(seen).toHaveLength(1);
  });

  it.each([
    'http://127.0.0.1',
    'http://127.1',
    'http://2130706433',
    'http://0x7f.0.0.1',
    'http://0.0.0.0',
    'http://[::1]',
    'http://[::]',
    'http://[::ffff:127.0.0.1]',
    'http://[::ffff:7f00:1]',
    'http://[64:ff9b::7f00:1]',
    'http://[::127.0.0.1]',
    'http://LOCALHOST',
    'http://127.0.0.1.',
    'http://017700000001',
    'http://0177.0.0.1',
    'http://0x7f000001',
    'http://0X7F.1',
    'http://0',
    'http://127.000.000.001',
    'http://[0:0:0:0:0:ffff:127.0.0.1]',
    'http://[::FFFF:7F00:0001]',
    'http://[64:ff9b:1::7f00:1]',
    'http://%31%32%37.0.0.1',
    'http://127%2e0%2e0%2e1',
    'http://１２７.０.０.１',
    'http://127。0。0。1',
    'http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
    'http:\\\\127.0.0.1',
    'http:/127.0.0.1',
    'HTTP://LocalHost',
    'http://local\thost',
  ])('never reaches loopback as %s', async (origin) => {
    await expect(guarded.fetch(`${origin}:${portOf(other)}/`)).rejects.toMatchObject(denied);
    expect(seen).toEqual([]);
  });

  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://168.63.129.16/',
    'http://[fd00:ec2::254]/',
    'http://10.0.0.1/',
    'http://172.16.0.1/',
    'http://192.168.1.1/',
    'http://100.64.0.1/',
    'http://[fe80::1]/',
    'http://[fc00::1]/',
    'http://[2002:7f00:1::]/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
    'http://169.254.43518/',
    'http://[::ffff:169.254.169.254]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://169。254。169。254/',
    'http://100.100.100.200/',
    'http://198.18.0.1/',
    'http://192.0.0.192/',
    'http://[fec0::1]/',
    'http://[ff02::1]/',
  ])('never reaches %s', async (url) => {
    await expect(guarded.fetch(url)).rejects.toMatchObject(denied);
  });

  it.each([
    'http://localhost.',
    'http://public@127.0.0.1',
    'http://example.com:80@127.0.0.1',
    'http://[fe80::1%25eth0]',
  ])('does not even understand %s', async (origin) => {
    await expect(guarded.fetch(`${origin}:${portOf(other)}/`)).rejects.toBeInstanceOf(Error);
    expect(seen).toEqual([]);
  });

  it('resolves a name once for a connection, and refuses it when any of its addresses is private', async () => {
    const port = portOf(other);
    const answers = [['127.0.0.1'], ['93.184.215.14', '127.0.0.1'], ['93.184.215.14', '::ffff:10.0.0.1'], ['fd00::1']];
    let asked = 0;
    const rebinding = createGuardedFetch({
      egressAllow: [`allowed.test:${port}`],
      resolve: async () =>
        (answers[asked++] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    });
    expect(await (await rebinding.fetch(`http://allowed.test:${port}/`)).text()).toBe('ok');
    expect(asked).toBe(1);
    for (let turn = 0; turn < 3; turn++) {
      await expect(rebinding.fetch(`http://rebind.test:${port}/`)).rejects.toMatchObject(denied);
    }
    expect(seen).toHaveLength(1);
    await rebinding.close();
  });

  it('takes no proxy from the environment', async () => {
    vi.stubEnv('HTTP_PROXY', `http://${other}`);
    vi.stubEnv('http_proxy', `http://${other}`);
    vi.stubEnv('NODE_USE_ENV_PROXY', '1');
    const own = createGuardedFetch({ egressAllow: [allowed] });
    expect(await (await own.fetch(`http://${allowed}/`)).text()).toBe('ok');
    expect(seen.map(({ host }) => host)).toEqual([allowed]);
    await own.close();
    vi.unstubAllEnvs();
  });

  it.each(['file:///etc/passwd', 'ftp://example.com/', 'data:text/plain,x', 'blob:x'])(
    'refuses the scheme of %s',
    async (url) => {
      await expect(guarded.fetch(url)).rejects.toMatchObject(denied);
    },
  );

  it('checks every redirect', async () => {
    await expect(guarded.fetch(`http://${allowed}/to?status=302&url=http://${other}/`)).rejects.toMatchObject(denied);
    await expect(guarded.fetch(`http://${allowed}/to?status=307&url=file:///etc/passwd`)).rejects.toMatchObject(denied);
    await expect(guarded.fetch(`http://${allowed}/to?status=301&url=http://169.254.169.254/`)).rejects.toMatchObject(
      denied,
    );
    expect(seen.map((request) => request.host)).toEqual([allowed, allowed, allowed]);
  });

  it('follows redirects as browsers do', async () => {
    const response = await guarded.fetch(`http://${allowed}/to?status=302&url=/end`, { method: 'POST', body: 'x' });
    expect([response.redirected, response.url]).toEqual([true, `http://${allowed}/end`]);
    expect(seen.map(({ method, body }) => [method, body])).toEqual([
      ['POST', 'x'],
      ['GET', ''],
    ]);
    const manual = await guarded.fetch(`http://${allowed}/to?status=302&url=/end`, { redirect: 'manual' });
    expect([manual.status, manual.headers.get('location')]).toEqual([302, '/end']);
  });

  it('keeps the body and method of 307, and gives up on a circle', async () => {
    await guarded.fetch(`http://${allowed}/to?status=307&url=/end`, { method: 'PUT', body: 'x' });
    expect(seen.map(({ method, body }) => [method, body])).toEqual([
      ['PUT', 'x'],
      ['PUT', 'x'],
    ]);
    const circle = `http://${allowed}/to?status=302&url=`;
    await expect(guarded.fetch(circle)).rejects.toMatchObject({
      message: expect.stringContaining('more than 10 times'),
    });
  });

  it('hands credentials to no other origin', async () => {
    const both = createGuardedFetch({ egressAllow: [allowed, other] });
    const headers = { authorization: 'Bearer x', cookie: 'a=b', 'x-plain': 'y' };
    await both.fetch(`http://${allowed}/to?status=302&url=http://${other}/end`, { headers });
    expect(seen[0]?.headers).toMatchObject(headers);
    expect(seen[1]?.headers).toMatchObject({ 'x-plain': 'y' });
    expect(seen[1]?.headers).not.toHaveProperty('authorization');
    expect(seen[1]?.headers).not.toHaveProperty('cookie');
    await both.close();
  });

  it('lets nobody choose the Host header', async () => {
    await guarded.fetch(`http://${allowed}/`, { headers: { host: 'internal.example' } });
    expect(seen[0]?.host).toBe(allowed);
  });

  it('bounds bodies, also after decompression', async () => {
    const bomb = await guarded.fetch(`http://${allowed}/bomb`);
    await expect(bomb.arrayBuffer()).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
    const body = new Uint8Array((1 << 20) + 1);
    await expect(guarded.fetch(`http://${allowed}/`, { method: 'POST', body })).rejects.toMatchObject({
      code: 'IA_PLUGIN_LIMIT',
    });
  });

  it('calls a broken connection a NetworkError that may be retried', async () => {
    const network = { name: 'NetworkError', code: 'IA_PLUGIN_NET_FAILED', retryable: true };
    const cut = await guarded.fetch(`http://${allowed}/cut`);
    await expect(cut.text()).rejects.toMatchObject(network);
    await expect(guarded.fetch('http://name.invalid/')).rejects.toMatchObject(network);
  });

  it('can be narrowed, never widened', async () => {
    const narrow = guarded.restrict((host) => host === 'localhost').restrict(() => true);
    expect((await narrow.fetch(`http://${allowed}/`)).status).toBe(200);
    await expect(narrow.restrict(() => false).fetch(`http://${allowed}/`)).rejects.toMatchObject(denied);
    await expect(narrow.fetch('https://example.com/')).rejects.toMatchObject(denied);
  });

  it('stops when its signal says so', async () => {
    const reason = new Error('enough');
    await expect(guarded.fetch(`http://${allowed}/`, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
