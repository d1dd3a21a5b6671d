import { createHash } from 'node:crypto';
import { refusedInput } from '@ia-modules/bounded-work';
import { parseJsonBody, pick, readText } from '@ia-modules/http-client';
import { defineStep, type Json, type JsonObject, PluginError, type PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { encodeBody } from './body.ts';
import { firstPage, nextPage, type Page, type PageQuery, paginationInput } from './pagination.ts';
import { readRefusal } from './read-answer.ts';
import { json, requestFields } from './request-fields.ts';
import { send } from './send.ts';

const MAX_PAGES = 10_000;
const MAX_ITEMS = 100_000;
const MAX_BYTES = 64 * 1024 * 1024;

const paginateInput = z.strictObject({
  ...requestFields,
  method: z.enum(['GET', 'POST']).default('GET').describe('Of each request.'),
  body: z.custom<JsonObject>().optional().describe('An object that each POST sends as JSON.'),
  pagination: paginationInput.describe('How the API says where its next page is.'),
  items: z
    .string()
    .default('')
    .describe('Where the list of items is in each body: data.items. Empty: the body is the list.'),
  max_pages: z.int().min(1).max(MAX_PAGES).default(100).describe('Ends after so many pages.'),
  max_items: z.int().min(1).max(MAX_ITEMS).default(10_000).describe('Ends after so many items.'),
  max_bytes: z
    .int()
    .min(1)
    .max(MAX_BYTES)
    .default(16 * 1024 * 1024)
    .describe('Most bytes of all bodies together; more fail the step.'),
});
type Paginate = z.infer<typeof paginateInput>;

export const httpPaginate = defineStep({
  name: 'paginate',
  title: 'HTTP pages',
  description: 'Asks an API for page after page and returns the items of all in one list.',
  input: paginateInput,
  output: z.object({
    items: z.array(json).describe('Of all pages, in order.'),
    count: z.int().describe('How many items.'),
    pages: z.int().describe('How many pages were asked for.'),
    stopped_by: z
      .enum(['end', 'max_pages', 'max_items'])
      .describe('Why it ended: `end` when there was no further page.'),
  }),
  run: (input, ctx) => collect(ctx, input),
});

type StoppedBy = 'end' | 'max_pages' | 'max_items';

const collect = async (ctx: PluginContext, input: Paginate) => {
  const items: Json[] = [];
  const checkNew = createLoopCheck(input.url);
  const finish = (pages: number, stoppedBy: StoppedBy) => ({
    items,
    count: items.length,
    pages,
    stopped_by: stoppedBy,
  });
  let bytesLeft = input.max_bytes;
  let query: PageQuery = firstPage(input.pagination);
  for (let index = 0; ; index++) {
    const answer = await ask(ctx, input, { query, maxBytes: bytesLeft });
    bytesLeft -= answer.sizeBytes;
    const found = itemsOf(answer.body, input.items);
    for (const item of found.slice(0, input.max_items - items.length)) items.push(item);
    ctx.progress((index + 1) / input.max_pages, `${items.length} items of ${index + 1} pages`);
    const page: Page = { ...answer, index, itemCount: found.length, total: items.length };
    const next = nextPage(input.pagination, page);
    if (items.length >= input.max_items) {
      return finish(index + 1, next === undefined && found.length <= input.max_items ? 'end' : 'max_items');
    }
    if (next === undefined) return finish(index + 1, 'end');
    if (index + 1 >= input.max_pages) return finish(index + 1, 'max_pages');
    checkNew(query, found.length === 0 ? '' : answer.text);
    query = next;
  }
};

type Asking = { readonly query: PageQuery; readonly maxBytes: number };

const ask = async (ctx: PluginContext, input: Paginate, { query, maxBytes }: Asking) => {
  const body = query.body === undefined ? input.body : { ...input.body, ...query.body };
  const encoded = input.method === 'GET' ? undefined : encodeBody(body ?? {}, 'json');
  // A next address is complete: it holds the query of the first one.
  const url = query.url ?? input.url;
  const sent = query.url === undefined ? { ...input.query, ...query.query } : {};
  const sending = { ...input, url, query: sent, retry: repeatable(input) };
  return await send(
    ctx,
    { ...sending, ...(encoded === undefined ? {} : { encoded }) },
    {
      read: async (response) => {
        const text = await readText(response, maxBytes);
        const parsed = parseJsonBody(text, new URL(url).host);
        return { url: new URL(url), headers: response.headers, text, body: parsed, sizeBytes: Buffer.byteLength(text) };
      },
      readRefusal,
    },
  );
};

/** Asking for a page changes nothing, whatever the method. */
const repeatable = ({ retry }: Paginate): Paginate['retry'] =>
  retry === undefined ? retry : { ...retry, idempotent: true };

const itemsOf = (body: Json, path: string): readonly Json[] => {
  const items = pick(body, path);
  if (Array.isArray(items)) return items as readonly Json[];
  throw refusedInput(
    path === '' ? 'The body of a page is no list.' : `What "${path}" leads to in the body of a page is no list.`,
    'Name in "items" where the list is.',
  );
};

/** A server that hands out the same page again would be asked until the bounds are reached. */
const createLoopCheck = (firstUrl: string) => {
  const asked = new Set<string>();
  let lastText = '';
  return (query: PageQuery, text: string): void => {
    const digest = text === '' ? '' : createHash('sha256').update(text).digest('base64');
    const key = JSON.stringify({ url: firstUrl, ...query });
    if (asked.has(key) || (digest !== '' && digest === lastText)) throw looping();
    asked.add(key);
    lastText = digest;
  };
};

const looping = (): PluginError =>
  new PluginError({
    name: 'PaginationLoopError',
    message: 'The same page came again: the pagination runs in a circle.',
    hint: 'Compare "pagination" with what the API documents.',
  });
