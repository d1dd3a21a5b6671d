import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definePlugin, defineStep } from '@ia-modules/plugin-sdk';
import { createTestPlatform } from '@ia-modules/plugin-sdk/testing';

const SECRET = 'secret value';
const server = createServer((request, response) => {
  if (request.url === '/moved') return void response.writeHead(302, { location: '/found' }).end();
  if (request.url === '/away') return void response.writeHead(302, { location: 'http://localhost:1/' }).end();
  response.writeHead(200, { 'content-type': 'text/plain', 'set-cookie': 'session=1' });
  return void response.end(`${request.method} ${request.url} ${request.headers.authorization}`);
});
let origin = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => void server.close(resolve));
});

const ask = defineStep({
  name: 'ask',
  input: { type: 'object', properties: { url: { type: 'string' } }, required: ['url'] },
  output: { type: 'string' },
  run: async ({ url }, ctx) => {
    const { KEY = '' } = ctx.secrets;
    const headers = { authorization: KEY };
    const response = await ctx.fetch(url, { method: 'POST', headers, body: `my ${KEY}` });
    return await response.text();
  },
});

const platformFor = () =>
  createTestPlatform({
    plugin: definePlugin({ steps: [ask] }),
    grant: { net: [origin.slice('http://'.length)], secrets: ['KEY'] },
    secrets: { KEY: SECRET },
  });

describe('a recorded call', () => {
  it('can be replayed, and holds neither credentials nor secrets', async () => {
    const url = `${origin}/x?key=${encodeURIComponent(SECRET)}`;
    const { output, tape } = await platformFor().run('ask', { url }, { http: { record: true } });
    expect(output).toBe(`POST /x?key=${encodeURIComponent(SECRET)} ${SECRET}`);
    expect(tape).toMatchObject([
      {
        request: { method: 'POST', url: `${origin}/x?key=***`, body: 'my ***' },
        response: { status: 200, headers: { 'content-type': 'text/plain' }, body: 'POST /x?key=*** ***' },
      },
    ]);
    expect(JSON.stringify(tape)).not.toMatch(/secret|session|authorization/);
    const replayed = await platformFor().run('ask', { url }, { http: { tape } });
    expect(replayed.output).toBe('POST /x?key=*** ***');
  });

  it('follows redirects to hosts that are granted, and keeps the last answer', async () => {
    const { output, tape } = await platformFor().run('ask', { url: `${origin}/moved` }, { http: { record: true } });
    expect(output).toBe(`GET /found ${SECRET}`);
    expect(tape.map(({ request }) => request.url)).toEqual([`${origin}/moved`]);
    await expect(platformFor().run('ask', { url: `${origin}/away` }, { http: { record: true } })).rejects.toMatchObject(
      {
        code: 'IA_PLUGIN_NET_DENIED',
      },
    );
  });
});
