import { refusedInput } from '@ia-modules/bounded-work';
import { pick } from '@ia-modules/http-client';
import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import LinkHeader from 'http-link-header';
import { z } from 'zod';

const name = z.string().min(1).max(200);

/** How an API says where its next page is. */
export const paginationInput = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('link_header').describe('The Link header has rel="next" (RFC 8288).') }),
  z.strictObject({
    mode: z.literal('cursor').describe('The body has a cursor.'),
    path: z.string().min(1).describe('Where the cursor is in the body: meta.next_cursor. None, null or "" ends it.'),
    in: z
      .enum(['query', 'body', 'url'])
      .default('query')
      .describe('Where it goes; `url`: it is the next address itself.'),
    name: name.default('cursor').describe('Query value or field of the body that takes it.'),
  }),
  z.strictObject({
    mode: z.literal('page').describe('Pages have numbers; one with fewer items than its size, or none, ends it.'),
    name: name.default('page').describe('Query value of the number.'),
    start: z.int().min(0).default(1).describe('Number of the first page.'),
    size_name: name.optional().describe('Query value of the size.'),
    size: z.int().min(1).max(10_000).optional().describe('Items of a page.'),
  }),
  z.strictObject({
    mode: z.literal('offset').describe('Pages begin at an item; one with fewer items than the limit ends it.'),
    name: name.default('offset').describe('Query value of the first item.'),
    limit_name: name.default('limit').describe('Query value of the limit.'),
    limit: z.int().min(1).max(10_000).default(100).describe('Items of a page.'),
  }),
]);
export type Pagination = z.infer<typeof paginationInput>;

/** What one page is asked for with, besides what all have in common. */
export type PageQuery = {
  readonly url?: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: JsonObject;
};

export type Page = {
  readonly url: URL;
  readonly headers: Headers;
  readonly body: Json;
  readonly itemCount: number;
  /** From 0. */
  readonly index: number;
  /** Items of this page and all before it. */
  readonly total: number;
};

export const firstPage = (pagination: Pagination): PageQuery => {
  switch (pagination.mode) {
    case 'link_header':
    case 'cursor':
      return {};
    case 'page':
      return { query: numbered(pagination, pagination.start) };
    default:
      return { query: { [pagination.name]: 0, [pagination.limit_name]: pagination.limit } };
  }
};

/** What the page after this one is asked for with; undefined after the last. */
export const nextPage = (pagination: Pagination, page: Page): PageQuery | undefined => {
  switch (pagination.mode) {
    case 'link_header':
      return linked(page);
    case 'cursor':
      return pointed(pagination, page);
    case 'page':
      if (page.itemCount === 0 || page.itemCount < (pagination.size ?? 0)) return undefined;
      return { query: numbered(pagination, pagination.start + page.index + 1) };
    default:
      if (page.itemCount < pagination.limit) return undefined;
      return { query: { [pagination.name]: page.total, [pagination.limit_name]: pagination.limit } };
  }
};

const numbered = (pagination: Extract<Pagination, { mode: 'page' }>, number: number) => ({
  [pagination.name]: number,
  ...(pagination.size_name === undefined || pagination.size === undefined
    ? {}
    : { [pagination.size_name]: pagination.size }),
});

const linked = ({ headers, url }: Page): PageQuery | undefined => {
  const text = headers.get('link');
  const uri = text === null ? undefined : LinkHeader.parse(text).rel('next')[0]?.uri;
  return uri === undefined ? undefined : { url: checkedNext(uri, url) };
};

const pointed = (pagination: Extract<Pagination, { mode: 'cursor' }>, { body, url }: Page): PageQuery | undefined => {
  const cursor = pick(body, pagination.path);
  if (cursor === undefined || cursor === null || cursor === '' || cursor === false) return undefined;
  if (typeof cursor !== 'string' && typeof cursor !== 'number') {
    throw refusedInput(`What "${pagination.path}" leads to is no cursor: neither a text nor a number.`);
  }
  if (pagination.in === 'url') return { url: checkedNext(String(cursor), url) };
  return { [pagination.in]: { [pagination.name]: cursor } };
};

/** Credentials go along with each page, so that all must be of one origin. */
const checkedNext = (next: string, current: URL): string => {
  const url = URL.parse(next, current);
  if (url !== null && url.origin === current.origin) return url.href;
  throw refusedInput(
    `${current.host} names a next page that lies elsewhere.`,
    'All pages must have the scheme, host and port of the first one.',
  );
};
