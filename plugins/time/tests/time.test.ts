import { findContribution, type Json, type JsonObject } from '@ia-modules/plugin-sdk';
import { createContext } from '@ia-modules/plugin-sdk/host';
import { createTestbed } from '@ia-modules/plugin-testbed';
import { describe, expect, it } from 'vitest';
import { plugin } from '../src/index.ts';
import packageJson from '../package.json' with { type: 'json' };

const testbed = createTestbed({ plugin, packageJson });

/** A step at a time that the test sets. */
const stepAt = async (now: string, name: string, input: JsonObject): Promise<Record<string, Json>> => {
  const clock = { now: () => Date.parse(now), sleep: async () => {} };
  const task = { runId: 'r', stepId: 's', attempt: 1 };
  const ctx = createContext({
    fetch,
    signal: new AbortController().signal,
    secrets: {},
    idempotencyKey: 'k',
    task,
    clock,
  });
  return (await findContribution(plugin, 'step', name)?.run(input, ctx)) as Record<string, Json>;
};

describe('business_hours', () => {
  const open = (at: string, config: JsonObject = {}) =>
    testbed.condition('business_hours', { time_zone: 'Europe/Vienna', at, ...config });

  it.each<[string, boolean]>([
    ['2026-05-04T09:00', true],
    ['2026-05-04T08:59', false],
    ['2026-05-04T16:59:59', true],
    ['2026-05-04T17:00', false],
    ['2026-05-03T12:00', false],
    ['2026-05-04T06:59:59Z', false],
    ['2026-05-04T07:00:00Z', true],
    ['2026-01-05T07:00:00Z', false],
    ['2026-01-05T08:00:00Z', true],
  ])('at %s: %s', async (at, isOpen) => {
    expect(await open(at)).toBe(isOpen);
  });

  it('has hours of its own for each day, over midnight as well', async () => {
    const hours = { friday: ['08:00-12:00', '22:00-06:00'], sunday: ['00:00-24:00'] };
    const at = async (time: string): Promise<Json> => open(time, { hours });
    expect(
      await Promise.all(
        ['2026-05-08T11:00', '2026-05-08T12:00', '2026-05-08T23:00', '2026-05-09T05:59', '2026-05-09T06:00'].map(at),
      ),
    ).toEqual([true, false, true, true, false]);
    expect(await Promise.all(['2026-05-10T00:00', '2026-05-10T23:59', '2026-05-11T00:00'].map(at))).toEqual([
      true,
      true,
      false,
    ]);
    await expect(open('2026-05-08', { hours: { friday: ['9-17'] } })).rejects.toThrow('no range of hours');
  });

  it('is closed on holidays, of a country or one’s own', async () => {
    const holidays = { country: 'AT', dates: ['12-24', '2026-05-05'] };
    expect(await open('2026-05-01T10:00', { holidays })).toBe(false);
    expect(await open('2026-05-05T10:00', { holidays })).toBe(false);
    expect(await open('2029-12-24T10:00', { holidays })).toBe(false);
    expect(await open('2026-05-06T10:00', { holidays })).toBe(true);
  });

  it('goes by the clocks when they are put forward and back, and in zones of half hours', async () => {
    const night = { hours: { sunday: ['02:00-03:00'] } };
    expect(await open('2026-03-29T00:59:59Z', night)).toBe(false);
    expect(await open('2026-03-29T01:00:00Z', night)).toBe(false);
    expect(await open('2026-10-25T00:00:00Z', night)).toBe(true);
    expect(await open('2026-10-25T01:59:59Z', night)).toBe(true);
    expect(await open('2026-10-25T02:00:00Z', night)).toBe(false);
    expect(await open('2026-05-04T03:30:00Z', { time_zone: 'Asia/Kolkata' })).toBe(true);
    expect(await open('2026-05-04T03:29:59Z', { time_zone: 'Asia/Kolkata' })).toBe(false);
  });

  it('refuses zones and times that are none', async () => {
    await expect(open('2026-05-04', { time_zone: 'Europe/Nowhere' })).rejects.toThrow('no time zone');
    await expect(open('2026-02-30')).rejects.toThrow('is no time');
    await expect(open('tomorrow')).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
  });
});

describe('the other conditions', () => {
  const holds = testbed.condition;

  it('in_range: times of the day, and points in time', async () => {
    const night = { from: '22:00', to: '06:00' };
    expect(await holds('in_range', { ...night, at: '2026-05-04T23:00Z' })).toBe(true);
    expect(await holds('in_range', { ...night, at: '2026-05-04T05:59Z' })).toBe(true);
    expect(await holds('in_range', { ...night, at: '2026-05-04T06:00Z' })).toBe(false);
    const week = { from: '2026-05-04', to: '2026-05-11', time_zone: 'America/New_York' };
    expect(await holds('in_range', { ...week, at: '2026-05-04T03:59:59Z' })).toBe(false);
    expect(await holds('in_range', { ...week, at: '2026-05-04T04:00:00Z' })).toBe(true);
    expect(await holds('in_range', { ...week, at: '2026-05-11T04:00:00Z' })).toBe(false);
    await expect(holds('in_range', { from: '22:00', to: '2026-05-11' })).rejects.toThrow('two times of the day');
  });

  it('day_of_week: on the clocks of the zone', async () => {
    const config = { days: ['monday'], at: '2026-05-03T23:30:00Z' };
    expect(await holds('day_of_week', config)).toBe(false);
    expect(await holds('day_of_week', { ...config, time_zone: 'Europe/Vienna' })).toBe(true);
  });

  it.each<[string, JsonObject, boolean]>([
    ['2026-04-06', { country: 'DE' }, true],
    ['2026-01-06', { country: 'DE' }, false],
    ['2026-01-06', { country: 'DE', region: 'BY' }, true],
    ['2026-11-26', { country: 'US' }, true],
    ['2026-07-03', { country: 'US' }, true],
    ['2026-05-24', { dates: ['05-24'] }, true],
    ['2026-05-25', { dates: ['05-24'] }, false],
  ])('is_holiday: %s of %j is %s', async (at, holidays, isHoliday) => {
    expect(await holds('is_holiday', { at, holidays })).toBe(isHoliday);
  });

  it('is_holiday: says which countries and regions it does not know', async () => {
    await expect(holds('is_holiday', { holidays: { country: 'XX' } })).rejects.toThrow('are not known');
    await expect(holds('is_holiday', { holidays: { country: 'DE', region: 'QQ' } })).rejects.toThrow('no region "QQ"');
  });

  it('before, after', async () => {
    const at = '2026-05-04T10:00:00+02:00';
    expect(await holds('before', { time: '2026-05-04T08:00:01Z', at })).toBe(true);
    expect(await holds('before', { time: '2026-05-04T10:00', time_zone: 'Europe/Vienna', at })).toBe(false);
    expect(await holds('after', { time: '2026-05-04T10:00', time_zone: 'Europe/Vienna', at })).toBe(true);
    expect(await holds('after', { time: '2000-01-01' })).toBe(true);
  });
});

describe('steps', () => {
  it('now: tells the time of the platform’s clock', async () => {
    expect(await stepAt('2026-12-31T23:30:00Z', 'now', { time_zone: 'Europe/Vienna' })).toEqual({
      iso: '2027-01-01T00:30:00+01:00',
      epoch_ms: Date.parse('2026-12-31T23:30:00Z'),
      date: '2027-01-01',
      time: '00:30:00',
      weekday: 'friday',
      week: 53,
      year: 2027,
      month: 1,
      day: 1,
      hour: 0,
      minute: 30,
      time_zone: 'Europe/Vienna',
      offset: '+01:00',
    });
  });

  it.each<[string, string, JsonObject, string]>([
    ['a day over the gap keeps the time', '2026-03-28T12:00', { days: 1 }, '2026-03-29T12:00:00+02:00'],
    ['24 hours over the gap do not', '2026-03-28T12:00', { hours: 24 }, '2026-03-29T13:00:00+02:00'],
    ['a day into the gap goes forward', '2026-03-28T02:30', { days: 1 }, '2026-03-29T03:30:00+02:00'],
    ['an hour in the overlap', '2026-10-25T02:30', { hours: 1 }, '2026-10-25T02:30:00+01:00'],
    ['a month to a shorter one', '2026-01-31', { months: 1 }, '2026-02-28T00:00:00+01:00'],
    ['a year from a leap day', '2028-02-29', { years: 1 }, '2029-02-28T00:00:00+01:00'],
    ['back over the year’s end', '2027-01-01', { seconds: -1 }, '2026-12-31T23:59:59+01:00'],
  ])('add: %s', async (_, time, duration, iso) => {
    expect((await testbed.step('add', { time, time_zone: 'Europe/Vienna', ...duration }))['iso']).toBe(iso);
  });

  it('add: ends where calendars do', async () => {
    await expect(testbed.step('add', { time: '2026-01-01', years: 900_000 })).rejects.toThrow(
      'beyond what calendars know',
    );
  });

  it('difference: by the calendar and by the clock', async () => {
    const input = { from: '2026-03-28T12:00', to: '2026-03-29T13:00', time_zone: 'Europe/Vienna' };
    expect(await testbed.step('difference', input)).toMatchObject({
      milliseconds: 24 * 3_600_000,
      hours: 24,
      calendar_days: 1,
      iso: 'P1DT1H',
      parts: { days: 1, hours: 1 },
    });
    expect(
      await testbed.step('difference', { from: '2026-05-04', to: '2024-02-29', largest_unit: 'years' }),
    ).toMatchObject({
      iso: '-P2Y2M4D',
      parts: { years: -2, months: -2, days: -4 },
    });
  });

  it('format: writes as people do', async () => {
    const input = { time: '2026-12-24T17:00:00Z', time_zone: 'Europe/Vienna' };
    const german = { ...input, locale: 'de-AT', date_style: 'long', time_style: 'short' };
    expect((await testbed.step('format', german))['text']).toBe('24. Dezember 2026 um 18:00');
    expect((await testbed.step('format', { ...input, date_style: 'short', time_style: 'none' }))['text']).toBe(
      '12/24/26',
    );
    await expect(testbed.step('format', { ...input, locale: 'no such language' })).rejects.toThrow('is no language');
  });

  it('next_business_day: passes over weekends and holidays', async () => {
    const holidays = { country: 'AT', dates: ['12-24'] };
    expect(
      await testbed.step('next_business_day', { from: '2026-12-23', holidays, time_zone: 'Europe/Vienna' }),
    ).toEqual({
      date: '2026-12-28',
      weekday: 'monday',
      starts_at: '2026-12-28T00:00:00+01:00',
      skipped: [
        { date: '2026-12-24', reason: 'own holiday' },
        { date: '2026-12-25', reason: expect.any(String) },
        { date: '2026-12-26', reason: 'weekend' },
        { date: '2026-12-27', reason: 'weekend' },
      ],
    });
    const date = async (input: JsonObject) => (await testbed.step('next_business_day', input))['date'];
    expect(await date({ from: '2026-05-04', days: -1 })).toBe('2026-05-01');
    expect(await date({ from: '2026-05-04', days: 0 })).toBe('2026-05-04');
    expect(await date({ from: '2026-05-03', days: 0 })).toBe('2026-05-04');
    expect(await date({ from: '2026-05-04', days: 250 })).toBe('2027-04-19');
    expect((await stepAt('2026-05-01T22:30:00Z', 'next_business_day', { time_zone: 'Asia/Tokyo' }))['date']).toBe(
      '2026-05-04',
    );
  });
});
