import packageJson from '../package.json' with { type: 'json' };
import { createMemoryStore } from '@ia-modules/plugin-host';
import { createTestbed } from '@ia-modules/plugin-testbed';
import { beforeEach, describe, expect, it } from 'vitest';
import { plugin } from './index.ts';

let now = 0;
let store = createMemoryStore(() => now);
const as = (idempotencyKey: string) => createTestbed({ plugin, packageJson, store, idempotencyKey });
let bed = as('run-1/step');

beforeEach(() => {
  now = 1_000;
  store = createMemoryStore(() => now);
  bed = as('run-1/step');
});

describe('cache.set and cache.get', () => {
  it.each([null, false, 0, 'text', [1, { a: null }], { deep: { list: [] } }])('give back %j', async (value) => {
    expect(await bed.step('set', { key: 'k', value })).toEqual({ stored: true });
    expect(await bed.step('get', { key: 'k' })).toEqual({ found: true, value });
  });

  it('give the default when there is none, or its time is over', async () => {
    expect(await bed.step('get', { key: 'k' })).toEqual({ found: false, value: null });
    await bed.step('set', { key: 'k', value: 1, ttl_ms: 50 });
    now += 51;
    expect(await bed.step('get', { key: 'k', default: 'none' })).toEqual({ found: false, value: 'none' });
  });

  it('keep namespaces apart, also where a key looks like one', async () => {
    await bed.step('set', { key: 'b:c', namespace: 'a', value: 1 });
    expect(await bed.step('get', { key: 'c', namespace: 'a.b' })).toMatchObject({ found: false });
    expect(await bed.step('get', { key: 'b:c' })).toMatchObject({ found: false });
    await expect(bed.step('get', { key: 'c', namespace: 'a:b' })).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
  });

  it('leave a value as it is when asked to', async () => {
    await bed.step('set', { key: 'k', value: 1 });
    expect(await bed.step('set', { key: 'k', value: 2, only_if_absent: true })).toEqual({ stored: false });
    expect(await bed.step('get', { key: 'k' })).toMatchObject({ value: 1 });
  });

  it('refuse more than a value may have', async () => {
    const value = 'x'.repeat(262_144);
    await expect(bed.step('set', { key: 'k', value })).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
  });
});

describe('cache.delete', () => {
  it('tells whether there was a value', async () => {
    await bed.step('set', { key: 'k', value: 1 });
    expect(await bed.step('delete', { key: 'k' })).toEqual({ deleted: true });
    expect(await bed.step('delete', { key: 'k' })).toEqual({ deleted: false });
  });
});

describe('cache.increment', () => {
  it('counts from 0 and reads as a value', async () => {
    expect(await bed.step('increment', { key: 'n' })).toEqual({ value: 1 });
    expect(await bed.step('increment', { key: 'n', by: -2.5 })).toEqual({ value: -1.5 });
    expect(await bed.step('get', { key: 'n' })).toEqual({ found: true, value: -1.5 });
  });

  it('counts what runs at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => bed.step('increment', { key: 'n' })));
    expect(await bed.step('get', { key: 'n' })).toMatchObject({ value: 20 });
  });

  it('refuses what is no number', async () => {
    await bed.step('set', { key: 'n', value: 'text' });
    await expect(bed.step('increment', { key: 'n' })).rejects.toThrow('no number');
  });
});

describe('cache.once', () => {
  it('is true for one caller and its retries, until the time is over', async () => {
    const other = as('run-2/step');
    expect(await bed.step('once', { key: 'order-1', ttl_ms: 50 })).toEqual({ first: true });
    expect(await other.step('once', { key: 'order-1', ttl_ms: 50 })).toEqual({ first: false });
    expect(await bed.step('once', { key: 'order-1', ttl_ms: 50 })).toEqual({ first: true });
    now += 51;
    expect(await other.step('once', { key: 'order-1', ttl_ms: 50 })).toEqual({ first: true });
  });

  it('does not meet a value of the same key', async () => {
    await bed.step('set', { key: 'order-1', value: 1 });
    expect(await bed.step('once', { key: 'order-1' })).toEqual({ first: true });
  });
});

describe('cache.has', () => {
  it('holds for any value, or for the one that is asked for', async () => {
    expect(await bed.condition('has', { key: 'k' })).toBe(false);
    await bed.step('set', { key: 'k', value: { a: [1], b: 2 } });
    expect(await bed.condition('has', { key: 'k' })).toBe(true);
    expect(await bed.condition('has', { key: 'k', equals: { b: 2, a: [1] } })).toBe(true);
    expect(await bed.condition('has', { key: 'k', equals: { b: 2 } })).toBe(false);
  });
});
