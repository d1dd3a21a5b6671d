import type { JsonObject } from '@ia-modules/plugin-sdk';
import { createTestbed } from '@ia-modules/plugin-testbed';
import { describe, expect, it } from 'vitest';
import { plugin } from '../src/index.ts';
import packageJson from '../package.json' with { type: 'json' };

const testbed = createTestbed({ plugin, packageJson });
const next = (cron: string, more: JsonObject = {}) => testbed.step('next', { cron, ...more });

describe('next', () => {
  it('tells the next times, on the clocks of a zone', async () => {
    const from = '2026-03-27T12:00:00Z';
    expect(await next('0 9 * * 1-5', { from, count: 3, time_zone: 'Europe/Vienna' })).toMatchObject({
      next: '2026-03-30T07:00:00.000Z',
      times: ['2026-03-30T07:00:00.000Z', '2026-03-31T07:00:00.000Z', '2026-04-01T07:00:00.000Z'],
    });
    expect((await next('*/30 0 9 * * *', { from, count: 2 }))['times']).toEqual([
      '2026-03-28T09:00:00.000Z',
      '2026-03-28T09:00:30.000Z',
    ]);
    expect((await next('0 0 29 2 *', { from }))['next']).toBe('2028-02-29T00:00:00.000Z');
  });

  it('fires once when clocks are put forward and back', async () => {
    const vienna = { time_zone: 'Europe/Vienna', count: 2 };
    const spring = await next('30 2 * * *', { ...vienna, from: '2026-03-28T12:00:00Z' });
    expect(spring['times']).toEqual([expect.stringMatching(/^2026-03-29T0[01]/), '2026-03-30T00:30:00.000Z']);
    const autumn = await next('30 2 * * *', { ...vienna, from: '2026-10-24T12:00:00Z' });
    expect(autumn['times']).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z']);
  });

  it('says when it never matches again, and how long it is', async () => {
    expect(await next('0 0 30 2 *')).toEqual({ next: null, times: [], wait_ms: null });
    expect(Number((await next('* * * * *'))['wait_ms'])).toBeLessThanOrEqual(60_000);
  });

  it.each(['', '* * * *', '* * * * * * *', '61 * * * *', '@daily', 'x * * * *', '2026-01-01T00:00:00'])(
    'refuses %j',
    async (cron) => {
      await expect(next(cron)).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
    },
  );

  it('refuses zones and times that are none', async () => {
    await expect(next('* * * * *', { time_zone: 'Mars/Base' })).rejects.toThrow('no time zone');
    await expect(next('* * * * *', { from: 'soon' })).rejects.toThrow('is no time');
  });
});

describe('matches', () => {
  it.each<[string, string, boolean]>([
    ['0 9 * * 1-5', '2026-05-04T07:00:59.999Z', true],
    ['0 9 * * 1-5', '2026-05-04T07:01:00Z', false],
    ['0 9 * * 1-5', '2026-05-03T07:00:00Z', false],
    ['30 0 9 * * *', '2026-05-03T07:00:00Z', true],
  ])('%s at %s: %s', async (cron, at, holds) => {
    expect(await testbed.condition('matches', { cron, at, time_zone: 'Europe/Vienna' })).toBe(holds);
  });
});

describe('words', () => {
  it('says it in words', async () => {
    expect(await testbed.step('describe', { cron: '0 9 * * 1-5' })).toEqual({
      text: 'At 09:00 AM, Monday through Friday',
    });
    expect((await testbed.step('describe', { cron: '0 9 * * *', language: 'de' }))['text']).toBe('Um 09:00');
    await expect(testbed.step('describe', { cron: '0 9 * * *', language: 'qq' })).rejects.toMatchObject({
      code: 'IA_PLUGIN_INPUT',
    });
  });
});

describe('pause', () => {
  it('waits and tells how far it is', async () => {
    testbed.reset();
    expect(await testbed.stepWithoutWaits('pause', { duration: '2500ms' })).toMatchObject({
      waited_ms: expect.any(Number),
    });
    expect(testbed.slept.slice(0, 2)).toEqual([1_000, 1_000]);
    expect(testbed.progress[0]).toEqual([0, undefined]);
    expect((await testbed.step('pause', { duration: '5ms' }))['waited_ms']).toBeGreaterThanOrEqual(4);
  });

  it('ends when the call is canceled', async () => {
    const controller = new AbortController();
    const waiting = testbed.step('pause', { duration: '5m' }, controller.signal);
    controller.abort(new Error('canceled'));
    await expect(waiting).rejects.toThrow('canceled');
  });

  it('refuses long waits, and says what is made for them', async () => {
    await expect(testbed.step('pause', { duration: '6m' })).rejects.toMatchObject({
      hint: expect.stringContaining('core.wait'),
    });
    await expect(testbed.step('pause', { duration: 'a while' })).rejects.toThrow('is no duration');
  });
});
