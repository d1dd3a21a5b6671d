import { describe, expect, it } from 'vitest';
import { definePlugin } from '../define-plugin.ts';
import { defineStep } from '../define-step.ts';
import { type HttpTape, httpTapeSchema } from './http-tape.ts';
import { createTestPlatform } from './test-platform.ts';

const KEY = 'key/123';
const send = defineStep({
  name: 'send',
  input: { type: 'object', properties: { url: { type: 'string' }, body: { type: 'string' } }, required: ['url'] },
  output: {},
  run: async ({ url, body }, ctx) => {
    const key = encodeURIComponent(ctx.secrets['KEY'] ?? '');
    const response = await ctx.fetch(url.replace('KEY', key), {
      headers: { 'x-version': '2' },
      ...(body === undefined ? {} : { method: 'POST', body }),
    });
    return { status: response.status, url: response.url, body: await response.text() };
  },
});
const platform = createTestPlatform({
  plugin: definePlugin({ steps: [send] }),
  grant: { net: ['a.example'], secrets: ['KEY'] },
  secrets: { KEY },
});
const ask = (tape: unknown, ...bodies: readonly (string | undefined)[]) =>
  Promise.all(
    bodies.map(async (body) => {
      const http = { tape: httpTapeSchema.parse(tape) };
      return await platform.run(
        'send',
        { url: 'https://a.example/x', ...(body === undefined ? {} : { body }) },
        { http },
      );
    }),
  );
const get = { method: 'GET', url: 'https://a.example/x' };
const post = { method: 'post', url: 'https://a.example/x', body: 'one' };

describe('a tape', () => {
  it('answers with what was recorded', async () => {
    const [answered] = await ask([{ request: get, response: { status: 201, body: 'hello' } }], undefined);
    expect(answered?.output).toEqual({ status: 201, url: 'https://a.example/x', body: 'hello' });
  });

  it('answers with bytes and with nothing', async () => {
    const bytes = { status: 200, headers: { 'content-encoding': 'gzip' }, bodyBase64: 'aGk=' };
    const [answered] = await ask([{ request: get, response: bytes }], undefined);
    expect(answered?.output).toMatchObject({ body: 'hi' });
    const [empty] = await ask([{ request: get, response: { status: 204 } }], undefined);
    expect(empty?.output).toMatchObject({ status: 204, body: '' });
  });

  it('tells requests apart by method, URL, body and the headers that it has', async () => {
    const tape = [
      { request: post, response: { status: 200, body: 'first' } },
      { request: { ...post, body: 'two' }, response: { status: 200, body: 'second' } },
      { request: { ...get, headers: { 'x-version': '1' } }, response: { status: 500 } },
      { request: { ...get, headers: { 'x-version': '2', 'x-unsent': '1' } }, response: { status: 200, body: 'third' } },
    ];
    const answers = await ask(tape, 'two', 'one', undefined);
    expect(answers.map(({ output }) => (output as { body: string }).body)).toEqual(['second', 'first', 'third']);
  });

  it('gives each answer once, in order', async () => {
    const twice = defineStep({
      name: 'twice',
      input: {},
      output: {},
      run: async (_, ctx) => {
        const first = await ctx.fetch(get.url);
        const second = await ctx.fetch(get.url);
        return [first.status, second.status];
      },
    });
    const own = createTestPlatform({ plugin: definePlugin({ steps: [twice] }), grant: { net: ['a.example'] } });
    const failed = { request: get, response: { status: 503, headers: {} } };
    const tape: HttpTape = [failed, { request: get, response: { status: 200, headers: {} } }];
    await expect(own.run('twice', 1, { http: { tape } })).resolves.toMatchObject({ output: [503, 200] });
    await expect(own.run('twice', 1, { http: { tape: [failed] } })).rejects.toMatchObject({
      code: 'IA_PLUGIN_NET_TAPE',
      message: `GET ${get.url} is on the tape, but was replayed as often as it stands there. Nothing is left on it.`,
    });
  });

  it('has secrets as stars, in URLs too', async () => {
    const tape = [
      { request: { method: 'GET', url: 'https://a.example/?key=***' }, response: { status: 200, headers: {} } },
    ];
    const call = platform.run('send', { url: 'https://a.example/?key=KEY' }, { http: { tape } });
    await expect(call).resolves.toMatchObject({ output: { status: 200 } });
  });

  it('names the request that it does not have, and the nearest one', async () => {
    const tape = [
      { request: { method: 'GET', url: 'https://b.example/' }, response: { status: 200 } },
      { request: { ...post, headers: { 'x-version': '1' } }, response: { status: 200 } },
    ];
    await expect(ask(tape, `two ${KEY}`)).rejects.toMatchObject({
      code: 'IA_PLUGIN_NET_TAPE',
      name: 'TapeError',
      message:
        'POST https://a.example/x with the body two *** is not on the tape. ' +
        'The nearest one that is left is POST https://a.example/x: its body is one, its header x-version is 1.',
    });
  });

  it('is refused when it is none', () => {
    expect(httpTapeSchema.safeParse([{ request: { method: 'GET' }, response: { status: 99 } }]).success).toBe(false);
  });
});
