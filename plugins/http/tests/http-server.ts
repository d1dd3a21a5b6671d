import { gzipSync } from 'node:zlib';
import { listen, type LocalServer, type Seen, sendJson } from '@ia-modules/plugin-testbed';
import type { ServerResponse } from 'node:http';

const ITEMS = Array.from({ length: 7 }, (_, id) => ({ id }));
export const IDS = ITEMS.map(({ id }) => id);

type Answer = (request: Seen, response: ServerResponse, state: State) => unknown;
type State = { failures: number; tokens: number; revoked: number };

const page = (from: number, size: number) => ITEMS.slice(from, from + size);

const answers: Readonly<Record<string, Answer>> = {
  '/echo': ({ method, query, headers, body }, response) =>
    sendJson(response, { method, query: Object.fromEntries(query), headers, body: body.toString('latin1') }),
  '/flaky': (_request, response, state) => {
    state.failures -= 1;
    if (state.failures < 0) return sendJson(response, { ok: true });
    return response.writeHead(503, { 'retry-after': '2' }).end('later');
  },
  '/limited': (_request, response, state) => {
    state.failures -= 1;
    return state.failures < 0 ? sendJson(response, { ok: true }) : response.writeHead(429).end();
  },
  '/hangup': (_request, response) => response.destroy(),
  '/gzip': (_request, response) =>
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      .end(gzipSync('{"n":1}')),
  '/bomb': (_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(4 << 20))),
  '/bytes': (_request, response) =>
    response.writeHead(200, { 'content-type': 'image/x-test' }).end(Buffer.from([0, 255, 10])),
  '/away': ({ query }, response) => response.writeHead(302, { location: query.get('to') ?? '/echo' }).end(),
  '/token': ({ headers, body }, response, state) => {
    const form = new URLSearchParams(body.toString());
    const known =
      headers.authorization === `Basic ${Buffer.from('me:hush%20hush').toString('base64')}` ||
      form.get('client_secret') === 'hush hush';
    if (!known || form.get('grant_type') !== 'client_credentials')
      return sendJson(response, { error: form.get('client_secret') }, 401);
    state.tokens += 1;
    return sendJson(response, { access_token: `token-${state.tokens}`, token_type: 'Bearer', expires_in: 3_600 });
  },
  '/private': ({ headers }, response, state) => {
    const isKnown = /^Bearer token-\d$/.test(headers.authorization ?? '');
    if (isKnown && headers.authorization !== `Bearer token-${state.revoked}`) return sendJson(response, { ok: true });
    return sendJson(response, {}, 401);
  },
  '/links': ({ query }, response) => {
    const from = Number(query.get('from') ?? 0);
    const next = `<?from=${from + 3}&size=${query.get('size')}>; rel="next", </links?from=0>; rel="first"`;
    if (from + 3 < ITEMS.length) response.setHeader('link', next);
    sendJson(response, page(from, 3));
  },
  '/elsewhere': (_request, response) => {
    response.setHeader('link', '<http://elsewhere.example/links>; rel="next"');
    sendJson(response, page(0, 3));
  },
  '/cursor': ({ method, query, body }, response) => {
    const cursor = method === 'POST' ? (JSON.parse(body.toString()) as { after?: number }).after : query.get('cursor');
    const from = Number(cursor ?? 0);
    const next = from + 3 < ITEMS.length ? from + 3 : null;
    sendJson(response, {
      data: { items: page(from, 3) },
      meta: { next, url: next === null ? '' : `/cursor?cursor=${next}` },
    });
  },
  '/stuck': (_request, response) => sendJson(response, { data: page(0, 3), next: 'again' }),
  '/numbered': ({ query }, response) => {
    const size = Number(query.get('size') ?? 3);
    sendJson(response, page((Number(query.get('page')) - 1) * size, size));
  },
  '/offset': ({ query }, response) => sendJson(response, page(Number(query.get('offset')), Number(query.get('limit')))),
};

/** A server with an answer for every case, and the state that its answers depend on. */
export const startHttpServer = async (): Promise<LocalServer & { readonly state: State }> => {
  const state: State = { failures: 0, tokens: 0, revoked: 0 };
  const server = await listen((request, response) => {
    const answer = answers[request.path];
    if (answer === undefined) response.writeHead(404).end('not here');
    else answer(request, response, state);
  });
  return { ...server, state };
};
