import packageJson from '../package.json' with { type: 'json' };
import type { Json } from '@ia-modules/plugin-sdk';
import { closedPort, createTestbed } from '@ia-modules/plugin-testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plugin } from '../src/index.ts';
import { hasRedisServer, type RedisServer, startRedisServer } from './redis-server.ts';

const bed = createTestbed({ plugin, packageJson });

describe.skipIf(!hasRedisServer)('with a Redis (skipped where no redis-server is installed)', () => {
  let server: RedisServer;
  let url: string;

  beforeAll(async () => {
    server = await startRedisServer('hush-hush');
    url = `redis://:hush-hush@127.0.0.1:${server.port}/3`;
  });

  afterAll(() => server?.stop());

  const step = (name: string, input: Record<string, Json>, signal?: AbortSignal) =>
    bed.step(name, { url, ...input }, signal);

  it('hands values through a queue, in order', async () => {
    expect(await step('push', { queue: 'q', values: [1, { a: [null] }, 'three'] })).toEqual({ length: 3 });
    expect(await step('pop', { queue: 'q' })).toEqual({ values: [1] });
    expect(await step('pop', { queue: 'q', count: 10 })).toEqual({ values: [{ a: [null] }, 'three'] });
    expect(await step('pop', { queue: 'q', count: 10 })).toEqual({ values: [] });
    expect(await step('pop', { queue: 'q', wait_ms: 20 })).toEqual({ values: [] });
  });

  it('waits for what is put into a queue later', async () => {
    const waiting = step('pop', { queue: 'later', wait_ms: 20_000 });
    await step('push', { queue: 'later', values: ['came'] });
    expect(await waiting).toEqual({ values: ['came'] });
  });

  it('keeps values', async () => {
    expect(await step('get', { key: 'k' })).toEqual({ found: false, value: null });
    expect(await step('set', { key: 'k', value: { a: 1 }, ttl_ms: 60_000 })).toEqual({ stored: true });
    expect(await step('set', { key: 'k', value: 2, only_if_absent: true })).toEqual({ stored: false });
    expect(await step('get', { key: 'k' })).toEqual({ found: true, value: { a: 1 } });
    expect(await bed.condition('exists', { url, key: 'k' })).toBe(true);
    expect(await step('delete', { keys: ['k', 'none'] })).toEqual({ deleted: 1 });
    expect(await bed.condition('exists', { url, key: 'k' })).toBe(false);
    expect(await step('increment', { key: 'n', by: 5 })).toEqual({ value: 5 });
    expect(await step('increment', { key: 'n', by: -7 })).toEqual({ value: -2 });
  });

  it('reads a stream on from where it was', async () => {
    await step('stream_add', { stream: 's', value: { n: 1 } });
    const { id } = await step('stream_add', { stream: 's', value: 'two', max_length: 100 });
    const first = await step('stream_read', { stream: 's', count: 1 });
    expect(first).toMatchObject({ entries: [{ value: { n: 1 } }] });
    expect(await step('stream_read', { stream: 's', after: first['last_id'] ?? null })).toEqual({
      entries: [{ id, value: 'two' }],
      last_id: id,
    });
    const waiting = step('stream_read', { stream: 's', after: id ?? null, wait_ms: 20_000 });
    await step('stream_add', { stream: 's', value: 3 });
    expect(await waiting).toMatchObject({ entries: [{ value: 3 }] });
  });

  it('publishes to whoever listens', async () => {
    expect(await step('publish', { channel: 'c', message: { a: 1 } })).toEqual({ receivers: 0 });
  });

  it('keeps tenants apart on the Redis of the operator', async () => {
    const shared = createTestbed({ plugin, packageJson, settings: { redisUrl: url } });
    await shared.step('set', { key: 'mine', value: 1 });
    expect(await shared.step('get', { key: 'mine' })).toMatchObject({ found: true });
    expect(await step('get', { key: 'mine' })).toMatchObject({ found: false });
    expect(await step('get', { key: 'ia:tenant-1:mine' })).toMatchObject({ found: true });
  });

  it('never repeats the password', async () => {
    const wrong = `redis://:wrong-word@127.0.0.1:${server.port}`;
    const failure = await step('get', { url: wrong, key: 'k' }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'AuthenticationError', retryable: false });
    expect(`${String(failure)} ${JSON.stringify(failure)}`).not.toContain('wrong-word');
    await step('push', { queue: 'list', values: [1] });
    await expect(step('get', { key: 'list' })).rejects.toMatchObject({ name: 'WrongTypeError', retryable: false });
  });

  it('ends when the run is canceled', async () => {
    const controller = new AbortController();
    const pending = step('pop', { queue: 'never', wait_ms: 60_000 }, controller.signal);
    controller.abort();
    await expect(pending).rejects.toMatchObject({ code: 'IA_PLUGIN_CANCELED' });
  });
});

describe('without a Redis', () => {
  it('says what is missing, and never the url', async () => {
    await expect(bed.step('get', { key: 'k' })).rejects.toMatchObject({ name: 'ConfigurationError' });
    const notValid = { url: 'redis://me:hush-hush@host/not-a-number', key: 'k' };
    const failure = await bed.step('get', notValid).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'IA_PLUGIN_INPUT' });
    expect(String(failure)).not.toContain('hush-hush');
  });

  it('calls a server that is not there a NetworkError', async () => {
    const url = `redis://127.0.0.1:${await closedPort()}`;
    await expect(bed.step('get', { url, key: 'k' })).rejects.toMatchObject({ name: 'NetworkError', retryable: true });
  });

  it('stays out of networks that are not allowed', async () => {
    const walled = createTestbed({ plugin, packageJson, egressAllow: [] });
    await expect(walled.step('get', { url: 'redis://127.0.0.1:6379', key: 'k' })).rejects.toMatchObject({
      code: 'IA_PLUGIN_NET_DENIED',
    });
  });
});
