import packageJson from '../package.json' with { type: 'json' };
import type { Json } from '@ia-modules/plugin-sdk';
import { closedPort, createTestbed, listen } from '@ia-modules/plugin-testbed';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { plugin } from '../src/index.ts';
import { BUCKET, CREDENTIALS, type S3Server, startS3Server } from './s3-server.ts';

let server: S3Server;
const bed = createTestbed({ plugin, packageJson });

beforeAll(async () => {
  server = await startS3Server();
});

afterAll(() => server.stop());

const place = () => ({
  bucket: BUCKET,
  endpoint: server.endpoint,
  access_key_id: CREDENTIALS.accessKeyId,
  secret_access_key: CREDENTIALS.secretAccessKey,
});
const step = (name: string, input: Record<string, Json>, signal?: AbortSignal) =>
  bed.step(name, { ...place(), ...input }, signal);

describe('s3.put and s3.get', () => {
  it.each<[string, Json, string]>([
    ['text', 'Grüße', 'text/plain; charset=utf-8'],
    ['json', { a: [1, null] }, 'application/json'],
    ['base64', Buffer.from([0, 255, 128]).toString('base64'), 'application/octet-stream'],
  ])('give back %s', async (as, content, type) => {
    const key = `forms/ä b+${as}`;
    const { etag } = await step('put', { key, content, as, metadata: { owner: 'ada' } });
    expect(await step('get', { key, as })).toMatchObject({
      content,
      content_type: type,
      etag,
      metadata: { owner: 'ada' },
    });
  });

  it('carry bytes from step to step as a blob', async () => {
    await step('put', { key: 'a', content: 'bytes' });
    const { content } = await step('get', { key: 'a', as: 'blob' });
    await step('put', { key: 'b', content: content ?? null, as: 'blob' });
    expect(await step('get', { key: 'b' })).toMatchObject({ content: 'bytes' });
  });

  it('carry more than a megabyte, and refuse more than was allowed', async () => {
    const content = 'x'.repeat(6 * 1024 * 1024);
    await step('put', { key: 'large', content });
    await expect(step('get', { key: 'large' })).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
    expect(await step('get', { key: 'large', max_bytes: content.length })).toMatchObject({ content });
  });

  it('say what is not there', async () => {
    await expect(step('get', { key: 'none' })).rejects.toMatchObject({ name: 'ObjectNotFoundError', retryable: false });
    await expect(step('get', { key: 'a', bucket: 'no-such-bucket' })).rejects.toMatchObject({
      name: 'S3Error',
      details: { code: 'NoSuchBucket' },
    });
  });
});

describe('s3.list, s3.copy, s3.info and s3.delete', () => {
  beforeAll(async () => {
    for (const key of ['list/a', 'list/b', 'list/in/c']) await step('put', { key, content: key });
  });

  const keys = (objects: Json | undefined) => (objects as { key: string }[]).map(({ key }) => key);

  it('list page by page, and one level at a time', async () => {
    const first = await step('list', { prefix: 'list/', max: 2 });
    expect(keys(first['objects'])).toEqual(['list/a', 'list/b']);
    const second = await step('list', { prefix: 'list/', after: first['next'] ?? null });
    expect(second).toMatchObject({ objects: [{ key: 'list/in/c', size_bytes: 9 }], next: null });
    expect(await step('list', { prefix: 'list/', delimiter: '/' })).toMatchObject({ prefixes: ['list/in/'] });
  });

  it('copy, look and delete', async () => {
    await step('copy', { from_key: 'list/a', key: 'copied' });
    expect(await step('get', { key: 'copied' })).toMatchObject({ content: 'list/a' });
    expect(await step('info', { key: 'copied' })).toMatchObject({ exists: true, size_bytes: 6 });
    expect(await bed.condition('exists', { ...place(), key: 'copied' })).toBe(true);
    expect(await step('delete', { keys: ['copied', 'never-there'] })).toEqual({ deleted: 2 });
    expect(await step('info', { key: 'copied' })).toMatchObject({ exists: false });
    expect(await bed.condition('exists', { ...place(), key: 'copied' })).toBe(false);
  });
});

describe('s3.presign', () => {
  it('makes a link that reads and one that writes', async () => {
    const { url: put } = await step('presign', { key: 'linked', method: 'put' });
    expect((await fetch(put as string, { method: 'PUT', body: 'by link' })).status).toBe(200);
    const { url: get } = await step('presign', { key: 'linked', expires_s: 60 });
    expect(await (await fetch(get as string)).text()).toBe('by link');
  });
});

describe('where calls go', () => {
  it('is where the platform lets sockets go', async () => {
    const walled = createTestbed({ plugin, packageJson, egressAllow: [] });
    await expect(walled.step('get', { ...place(), key: 'a' })).rejects.toMatchObject({ code: 'IA_PLUGIN_NET_DENIED' });
  });

  it('does not depend on what the worker has in its environment', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_S3', 'http://127.0.0.1:1');
    vi.stubEnv('AWS_REGION', 'nowhere');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'operator');
    const seen = await listen((_request, response) => void response.writeHead(404).end());
    await expect(step('get', { endpoint: seen.origin, key: 'a' })).rejects.toMatchObject({
      name: 'ObjectNotFoundError',
    });
    vi.unstubAllEnvs();
    expect(seen.seen[0]?.headers.authorization).toContain(`Credential=${CREDENTIALS.accessKeyId}/`);
    expect(seen.seen[0]?.headers.authorization).toContain('/us-east-1/s3/');
    await seen.close();
  });
});

describe('failures', () => {
  it('tell what may be tried again, without the secret', async () => {
    const busy = await listen((_request, response) => void response.writeHead(503).end());
    const failure = await step('get', { endpoint: busy.origin, key: 'a' }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'S3Error', retryable: true, details: { status: 503 } });
    await busy.close();
    await expect(step('get', { endpoint: `http://127.0.0.1:${await closedPort()}`, key: 'a' })).rejects.toMatchObject({
      name: 'NetworkError',
      retryable: true,
    });
    const denying = await listen((_request, response) => void response.writeHead(403).end());
    const denied = await step('get', { endpoint: denying.origin, key: 'a' }).catch((error: unknown) => error);
    expect(denied).toMatchObject({ name: 'AccessDeniedError', retryable: false });
    expect(JSON.stringify(denied)).not.toContain(CREDENTIALS.secretAccessKey);
    await denying.close();
  });

  it('end when the time is up, or the run is canceled', async () => {
    const silent = await listen(() => {});
    await expect(step('get', { endpoint: silent.origin, key: 'a', timeout_ms: 100 })).rejects.toMatchObject({
      name: 'TimeoutError',
      retryable: true,
    });
    const controller = new AbortController();
    const pending = step('get', { endpoint: silent.origin, key: 'a' }, controller.signal);
    controller.abort(new Error('canceled by a person'));
    await expect(pending).rejects.toMatchObject({ code: 'IA_PLUGIN_CANCELED' });
    await silent.close();
  });
});
