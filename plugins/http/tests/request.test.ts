import { createGuardedFetch } from '@ia-modules/plugin-host';
import type { JsonObject } from '@ia-modules/plugin-sdk';
import { createTestbed, type Testbed } from '@ia-modules/plugin-testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { plugin } from '../src/index.ts';
import { startHttpServer } from './http-server.ts';

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

const request = (path: string, input: JsonObject = {}) =>
  testbed.step('request', { url: `${server.origin}${path}`, ...input }) as Promise<{ status: number; body: never }>;
const hasty = (path: string, input: JsonObject) =>
  testbed.stepWithoutWaits('request', { url: `${server.origin}${path}`, ...input });

describe('the body that is sent', () => {
  it.each<[string, JsonObject, string, string]>([
    ['an object', { body: { a: 1 } }, '{"a":1}', 'application/json'],
    ['a text as JSON', { body: 'a', body_type: 'json' }, '"a"', 'application/json'],
    [
      'a form',
      { body: { a: '1 2', b: [true, 3] }, body_type: 'form' },
      'a=1+2&b=true&b=3',
      'application/x-www-form-urlencoded',
    ],
    ['text', { body: 'plain', body_type: 'text' }, 'plain', 'text/plain; charset=utf-8'],
    ['bytes', { body: 'AP8K', body_type: 'base64' }, '\u0000\u00ff\n', 'application/octet-stream'],
  ])('is %s', async (_what, input, body, contentType) => {
    const echoed = await request('/echo', { method: 'POST', ...input });
    expect(echoed.body).toMatchObject({ body, headers: { 'content-type': contentType } });
  });

  it.each<[string, JsonObject]>([
    ['an object as text', { body: {}, body_type: 'text' }],
    ['a list as a form', { body: [1], body_type: 'form' }],
    ['an object in a form', { body: { a: { b: 1 } }, body_type: 'form' }],
    ['no base64', { body: '§', body_type: 'base64' }],
  ])('is never %s', async (_what, input) => {
    await expect(request('/echo', { method: 'POST', ...input })).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
  });
});

describe('the body that comes back', () => {
  it('is unpacked, and bounded by its size then', async () => {
    expect((await request('/gzip')).body).toEqual({ n: 1 });
    await expect(request('/bomb', { max_bytes: 1_000_000 })).rejects.toMatchObject({
      code: 'IA_PLUGIN_LIMIT',
      retryable: false,
    });
  });

  it('becomes base64, or bytes beside the run', async () => {
    expect((await request('/bytes', { response: 'base64' })).body).toBe('AP8K');
    const { body } = await request('/bytes', { response: 'blob' });
    expect(body).toEqual({ blob: 'local/1', sizeBytes: 3, contentType: 'image/x-test' });
    expect([...(testbed.blobs.get('local/1') ?? [])]).toEqual([0, 255, 10]);
  });

  it('of HEAD is empty', async () => {
    expect(await request('/gzip', { method: 'HEAD' })).toMatchObject({ status: 200, body: null });
  });
});

describe('credentials', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['a bearer token', { type: 'bearer', token: 'hush' }, { headers: { authorization: 'Bearer hush' } }],
    ['a password', { type: 'basic', username: 'me', password: 'hü' }, { headers: { authorization: 'Basic bWU6aMO8' } }],
    ['a key in a header', { type: 'api_key', value: 'hush' }, { headers: { 'x-api-key': 'hush' } }],
    ['a key in the query', { type: 'api_key', in: 'query', name: 'key', value: 'hush' }, { query: { key: 'hush' } }],
  ])('are %s', async (_what, auth, echoed) => {
    expect((await request('/echo', { auth })).body).toMatchObject(echoed);
  });

  const oauth = () => ({
    type: 'oauth2_client_credentials',
    token_url: `${server.origin}/token`,
    client_id: 'me',
    client_secret: 'hush hush',
    scope: 'a b',
  });

  it.each(['header', 'body'])('are a token that id and secret in the %s are given for', async (place) => {
    expect((await request('/private', { auth: { ...oauth(), send_in: place } })).body).toEqual({ ok: true });
    expect(server.seen[0]?.body.toString()).toContain('grant_type=client_credentials&scope=a+b');
  });

  it('are asked for anew, once, when a token is not taken any more', async () => {
    server.state.revoked = 1;
    expect((await request('/private', { auth: oauth() })).body).toEqual({ ok: true });
    expect(server.seen.map(({ path }) => path)).toEqual(['/token', '/private', '/token', '/private']);
  });

  it('are no part of an error', async () => {
    const wrong = { ...oauth(), client_id: 'you', send_in: 'body', client_secret: 'hush' };
    const error: unknown = await request('/private', { auth: wrong }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'HttpStatusError', details: { status: 401 } });
    expect(JSON.stringify(error) + String(error)).not.toContain('hush');
  });

  it('in a header of their own go along with no redirect', async () => {
    const auth = { type: 'api_key', value: 'hush' };
    await expect(request('/away', { auth })).rejects.toMatchObject({ details: { status: 302 } });
    expect(server.seen).toHaveLength(1);
    expect((await request('/away', { auth: { type: 'bearer', token: 'hush' } })).body).toMatchObject({ method: 'GET' });
  });
});

describe('retries within the step', () => {
  it('wait as long as the server asks', async () => {
    server.state.failures = 2;
    expect(await hasty('/flaky', { retry: {} })).toMatchObject({ body: { ok: true } });
    expect(testbed.slept).toEqual([2_000, 2_000]);
  });

  it('leave alone a server that asks for too long', async () => {
    server.state.failures = 2;
    await expect(hasty('/flaky', { retry: { max_delay_ms: 1_000 } })).rejects.toMatchObject({
      details: { status: 503, retry_after_ms: 2_000 },
    });
    expect(server.seen).toHaveLength(1);
  });

  it.each<[string, JsonObject, number]>([
    ['never repeat a POST that may have been done', { method: 'POST' }, 1],
    ['repeat a POST whose author says that it may be', { method: 'POST', retry: { idempotent: true } }, 3],
    ['repeat a POST with a key of its author', { method: 'POST', headers: { 'Idempotency-Key': 'mine' } }, 3],
    ['repeat a PUT', { method: 'PUT' }, 3],
    ['try no more often than they may', { retry: { max_attempts: 2 } }, 2],
  ])('%s', async (_what, input, tries) => {
    await expect(hasty('/hangup', { retry: {}, ...input })).rejects.toMatchObject({ name: 'NetworkError' });
    expect(server.seen).toHaveLength(tries);
  });

  it('repeat a POST that was turned away', async () => {
    server.state.failures = 1;
    expect(await hasty('/limited', { method: 'POST', retry: {} })).toMatchObject({ body: { ok: true } });
  });

  it('are none when nobody asks for them', async () => {
    server.state.failures = 1;
    await expect(request('/flaky')).rejects.toMatchObject({ retryable: true });
    expect(server.seen).toHaveLength(1);
  });
});

describe('behind the guarded fetch', () => {
  it.each(['http://127.0.0.1', 'http://[::1]', 'http://2130706433', 'http://169.254.169.254', 'http://localhost'])(
    'the step can not be led to %s',
    async (origin) => {
      const guarded = createGuardedFetch();
      const caged = createTestbed({ plugin, packageJson, fetch: guarded.fetch });
      const input = { url: `${origin}:${server.port}/echo` };
      await expect(caged.step('request', input)).rejects.toMatchObject({ code: 'IA_PLUGIN_NET_DENIED' });
      await guarded.close();
      expect(server.seen).toHaveLength(0);
    },
  );

  it('the step can not be redirected there', async () => {
    const guarded = createGuardedFetch({ egressAllow: [`127.0.0.1:${server.port}`] });
    const caged = createTestbed({ plugin, packageJson, fetch: guarded.fetch });
    const url = `${server.origin}/away?to=${encodeURIComponent('http://169.254.169.254/latest/meta-data')}`;
    await expect(caged.step('request', { url })).rejects.toMatchObject({ code: 'IA_PLUGIN_NET_DENIED' });
    await guarded.close();
  });
});
