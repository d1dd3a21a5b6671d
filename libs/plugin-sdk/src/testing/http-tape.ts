import { z } from 'zod';
import { PluginError } from '../plugin-error.ts';
import type { Answer, Asked } from './asked.ts';
import { realFetch } from './ambient-fetch.ts';
import { followRedirects, withPlace } from './follow-redirects.ts';
import type { Scrub } from './scrub.ts';

const headers = z.record(z.string(), z.string());
const exchange = z.strictObject({
  request: z.strictObject({
    method: z.string().min(1),
    url: z.string().min(1),
    /** Compared only where both sides have one of the name. */
    headers: headers.optional(),
    /** Compared only where it stands. */
    body: z.string().optional(),
  }),
  response: z.strictObject({
    status: z.int().min(200).max(599),
    headers: headers.default({}),
    body: z.string().optional(),
    bodyBase64: z.base64().optional(),
  }),
});

/** Requests with their answers, as a fixture holds them. Secrets stand in it as `***`. */
export const httpTapeSchema = z.array(exchange);
/** One request with its answer. */
export type HttpExchange = z.output<typeof exchange>;
/** Requests with their answers, each of which is given once. */
export type HttpTape = readonly HttpExchange[];

/** Headers that carry credentials, of requests and answers: no tape has them. */
const PRIVATE_HEADERS = new Set(['authorization', 'cookie', 'proxy-authorization', 'set-cookie', 'x-api-key']);
/** They speak of the transfer, not of the body that a tape keeps. */
const TRANSFER_HEADERS = new Set(['connection', 'content-encoding', 'content-length', 'transfer-encoding']);
const NULL_BODY_STATUSES = new Set([204, 205, 304]);

/** Answers from a tape: each exchange once, in order, the first that fits. */
export const replayTape = (tape: HttpTape, scrub: Scrub): Answer => {
  const left = [...tape];
  return async (asked) => {
    const index = left.findIndex(({ request }) => differencesOf(request, asked, scrub).length === 0);
    if (index < 0) throw notOnTape({ asked, tape, left, scrub });
    const [found] = left.splice(index, 1) as [HttpExchange];
    const { status, body, bodyBase64 } = found.response;
    const bytes = bodyBase64 === undefined ? body : Buffer.from(bodyBase64, 'base64');
    const kept = Object.entries(found.response.headers).filter(([name]) => !TRANSFER_HEADERS.has(name.toLowerCase()));
    const response = new Response(NULL_BODY_STATUSES.has(status) ? null : bytes, { status, headers: kept });
    return withPlace(response, asked.url, false);
  };
};

/** Makes real requests through the global `fetch`, and keeps each with its answer, without credentials and secrets. */
export const recordTape =
  (kept: HttpExchange[], scrub: Scrub): Answer =>
  async (asked, signal) => {
    const response = await followRedirects(asked, ({ url, method, headers: sent, body }) =>
      realFetch()(url, { method, headers: sent, body, signal, redirect: 'manual' }),
    );
    const bytes = new Uint8Array(await response.clone().arrayBuffer());
    const { body: text } = asked.body === null ? {} : bodyOf(asked.body, scrub);
    kept.push({
      request: {
        method: asked.method,
        url: scrub(asked.url.href),
        headers: publicHeaders(asked.headers, scrub),
        ...(text === undefined ? {} : { body: text }),
      },
      response: { status: response.status, headers: publicHeaders(response.headers, scrub), ...bodyOf(bytes, scrub) },
    });
    return response;
  };

const publicHeaders = (all: Headers, scrub: Scrub): Record<string, string> =>
  Object.fromEntries(
    [...all]
      .filter(([name]) => !PRIVATE_HEADERS.has(name) && !TRANSFER_HEADERS.has(name))
      .map(([name, value]) => [name, scrub(value)]),
  );

const bodyOf = (bytes: Uint8Array, scrub: Scrub): { readonly body?: string; readonly bodyBase64?: string } => {
  try {
    return { body: scrub(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return { bodyBase64: Buffer.from(bytes).toString('base64') };
  }
};

/** In what a request differs from a taped one, most important first. */
const differencesOf = (taped: HttpExchange['request'], asked: Asked, scrub: Scrub): readonly string[] => {
  const told: string[] = [];
  const url = scrub(asked.url.href);
  if (taped.method.toUpperCase() !== asked.method) told.push(`its method is ${taped.method.toUpperCase()}`);
  if (taped.url !== asked.url.href && taped.url !== url) told.push(`its URL is ${taped.url}`);
  if (taped.body !== undefined && taped.body !== textOf(asked, scrub)) told.push(`its body is ${brief(taped.body)}`);
  for (const [name, value] of Object.entries(taped.headers ?? {})) {
    const sent = asked.headers.get(name);
    if (sent !== null && scrub(sent) !== value) told.push(`its header ${name} is ${brief(value)}`);
  }
  return told;
};

const textOf = ({ body }: Asked, scrub: Scrub): string => (body === null ? '' : scrub(new TextDecoder().decode(body)));

const MAX_BRIEF_CHARS = 200;
const brief = (text: string): string =>
  text.length > MAX_BRIEF_CHARS ? `${text.slice(0, MAX_BRIEF_CHARS)}…` : text || 'empty';

type Unmatched = {
  readonly asked: Asked;
  readonly tape: HttpTape;
  readonly left: readonly HttpExchange[];
  readonly scrub: Scrub;
};

const notOnTape = ({ asked, tape, left, scrub }: Unmatched): PluginError => {
  const what = `${asked.method} ${scrub(asked.url.href)}`;
  const body = asked.body === null ? '' : ` with the body ${brief(textOf(asked, scrub))}`;
  const isUsedUp = tape.some(({ request }) => differencesOf(request, asked, scrub).length === 0);
  const nearest = left
    .map(({ request }) => ({ request, differences: differencesOf(request, asked, scrub) }))
    .toSorted((a, b) => likeness(b.request, asked) - likeness(a.request, asked))[0];
  const told =
    nearest === undefined
      ? 'Nothing is left on it.'
      : `The nearest one that is left is ${nearest.request.method.toUpperCase()} ${nearest.request.url}: ${nearest.differences.join(', ')}.`;
  return new PluginError({
    code: 'IA_PLUGIN_NET_TAPE',
    name: 'TapeError',
    message: `${what}${body} is ${isUsedUp ? 'on the tape, but was replayed as often as it stands there' : 'not on the tape'}. ${told}`,
    hint: 'Record the exchange anew, or write it onto the tape.',
  });
};

const likeness = (taped: HttpExchange['request'], { method, url }: Asked): number => {
  const other = URL.canParse(taped.url) ? new URL(taped.url) : undefined;
  return [other?.href === url.href, other?.pathname === url.pathname, other?.host === url.host, taped.method === method]
    .map((isAlike, index) => (isAlike ? 8 >> index : 0))
    .reduce((sum, weight) => sum + weight, 0);
};
