import type { JsonObject } from '@ia-modules/plugin-sdk';
import { createTestbed, type Testbed } from '@ia-modules/plugin-testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { plugin } from '../src/index.ts';
import { IDS, startHttpServer } from './http-server.ts';

let server: Awaited<ReturnType<typeof startHttpServer>>;
let testbed: Testbed;

beforeAll(async () => {
  server = await startHttpServer();
  testbed = createTestbed({ plugin, packageJson });
});
beforeEach(() => {
  server.seen.length = 0;
  Object.assign(server.state, { failures: 0, tokens: 0, revoked: 0 });
  testbed.reset();
});
afterAll(() => server.close());

const paginate = (path: string, input: JsonObject) =>
  testbed.step('paginate', { url: `${server.origin}${path}`, ...input });
const ALL = { items: IDS.map((id) => ({ id })), count: 7, stopped_by: 'end' };

describe('http.paginate', () => {
  it.each<[string, string, JsonObject, number]>([
    ['links', '/links', { query: { size: 3 }, pagination: { mode: 'link_header' } }, 3],
    ['a cursor in the query', '/cursor', { items: 'data.items', pagination: { mode: 'cursor', path: 'meta.next' } }, 3],
    [
      'a cursor in the body',
      '/cursor',
      {
        items: 'data.items',
        method: 'POST',
        body: { a: 1 },
        pagination: { mode: 'cursor', path: 'meta.next', in: 'body', name: 'after' },
      },
      3,
    ],
    [
      'a cursor that is an address',
      '/cursor',
      { items: 'data.items', pagination: { mode: 'cursor', path: 'meta.url', in: 'url' } },
      3,
    ],
    ['numbers', '/numbered', { pagination: { mode: 'page' } }, 4],
    ['numbers of a known size', '/numbered', { pagination: { mode: 'page', size_name: 'size', size: 4 } }, 2],
    ['offsets', '/offset', { pagination: { mode: 'offset', limit: 3 } }, 3],
  ])('follows %s', async (_what, path, input, pages) => {
    expect(await paginate(path, input)).toEqual({ ...ALL, pages });
    expect(server.seen).toHaveLength(pages);
  });

  it('sends with each page what the first one had', async () => {
    await paginate('/cursor', {
      items: 'data.items',
      query: { filter: 'x' },
      auth: { type: 'bearer', token: 'hush' },
      pagination: { mode: 'cursor', path: 'meta.next' },
    });
    expect(server.seen.map(({ query, headers }) => [query.get('filter'), headers.authorization])).toEqual(
      Array.from({ length: 3 }, () => ['x', 'Bearer hush']),
    );
  });

  it('uses one token for all pages', async () => {
    const auth = {
      type: 'oauth2_client_credentials',
      token_url: `${server.origin}/token`,
      client_id: 'me',
      client_secret: 'hush hush',
    };
    await paginate('/offset', { auth, pagination: { mode: 'offset', limit: 3 } });
    expect(server.seen.filter(({ path }) => path === '/token')).toHaveLength(1);
  });

  it('ends at the bounds, and says so', async () => {
    const pagination = { mode: 'offset', limit: 3 };
    expect(await paginate('/offset', { pagination, max_pages: 2 })).toMatchObject({
      count: 6,
      stopped_by: 'max_pages',
    });
    expect(await paginate('/offset', { pagination, max_items: 4 })).toMatchObject({
      count: 4,
      stopped_by: 'max_items',
    });
    expect(await paginate('/offset', { pagination, max_items: 7 })).toMatchObject({ count: 7, stopped_by: 'end' });
    await expect(paginate('/offset', { pagination, max_bytes: 40 })).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
  });

  it('notices that it runs in a circle', async () => {
    const input = { items: 'data', pagination: { mode: 'cursor', path: 'next' } };
    await expect(paginate('/stuck', input)).rejects.toMatchObject({ name: 'PaginationLoopError' });
    expect(server.seen.length).toBeLessThan(4);
    const ignored = { items: 'data', pagination: { mode: 'page' } };
    await expect(paginate('/stuck', ignored)).rejects.toMatchObject({ name: 'PaginationLoopError' });
  });

  it('takes no page from elsewhere, where credentials would go along', async () => {
    await expect(paginate('/elsewhere', { pagination: { mode: 'link_header' } })).rejects.toMatchObject({
      code: 'IA_PLUGIN_INPUT',
    });
  });

  it('says where no list was found', async () => {
    const pagination = { mode: 'cursor', path: 'meta.next' };
    await expect(paginate('/cursor', { items: 'data.rows', pagination })).rejects.toThrow(/"data.rows"/);
    await expect(paginate('/cursor', { items: 'data[', pagination })).rejects.toMatchObject({
      code: 'IA_PLUGIN_INPUT',
    });
  });

  it('tells how far it is', async () => {
    await paginate('/offset', { pagination: { mode: 'offset', limit: 3 }, max_pages: 4 });
    expect(testbed.progress.at(-1)).toEqual([0.75, '7 items of 3 pages']);
  });
});
