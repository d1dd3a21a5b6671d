import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCronProblem, isTimeZone, lastFireTimes, nextFireAt } from './cron-times.ts';
import { type CatchUp, dueTimes, MAX_CAUGHT_UP } from './due-times.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const iso = (time: number): string => new Date(time).toISOString();

/** The times of an expression in a span, as the scheduler finds them: one after the other. */
const timesBetween = (cron: string, timeZone: string, span: readonly [string, string]): string[] => {
  const [from, until] = span.map((end) => Date.parse(end)) as [number, number];
  const found: string[] = [];
  for (let at = nextFireAt(cron, timeZone, from); at !== null && at <= until; at = nextFireAt(cron, timeZone, at)) {
    found.push(iso(at));
  }
  return found;
};

describe('nextFireAt', () => {
  it('reads five fields, six with seconds first, and names of days and months', () => {
    const after = Date.parse('2026-11-23T09:50:30Z');
    expect(iso(nextFireAt('0 9 * * MON-FRI', 'UTC', after) ?? 0)).toBe('2026-11-24T09:00:00.000Z');
    expect(iso(nextFireAt('*/20 * * * * *', 'UTC', after) ?? 0)).toBe('2026-11-23T09:50:40.000Z');
    expect(iso(nextFireAt('0 0 1 FEB *', 'Asia/Kolkata', after) ?? 0)).toBe('2027-01-31T18:30:00.000Z');
    expect(nextFireAt('0 0 30 2 *', 'UTC', after)).toBeNull();
  });

  it.each([
    [
      'Europe/Zurich',
      '2026-03-28T12:00:00Z',
      '2026-03-30T12:00:00Z',
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ],
    [
      'America/New_York',
      '2026-03-07T12:00:00Z',
      '2026-03-09T12:00:00Z',
      '2026-03-08T07:00:00.000Z',
      '2026-03-09T06:30:00.000Z',
    ],
  ])('comes once, after the gap, where the clocks of %s skip the time', (timeZone, from, until, ...times) => {
    expect(timesBetween('30 2 * * *', timeZone, [from, until])).toEqual(times);
    expect(timesBetween('30 2,14 * * *', timeZone, [from, until])).toEqual(expect.arrayContaining(times));
  });

  it('comes once where the clocks repeat the time', () => {
    expect(timesBetween('30 2 * * *', 'Europe/Zurich', ['2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z'])).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
    expect(timesBetween('30 1 * * *', 'America/New_York', ['2026-10-31T12:00:00Z', '2026-11-02T12:00:00Z'])).toEqual([
      '2026-11-01T05:30:00.000Z',
      '2026-11-02T06:30:00.000Z',
    ]);
  });

  it.each(['Europe/Zurich', 'America/New_York'])('follows each real hour of %s over both changes', (timeZone) => {
    for (const from of [
      '2026-03-07T00:00:00Z',
      '2026-03-28T00:00:00Z',
      '2026-10-24T00:00:00Z',
      '2026-10-31T00:00:00Z',
    ]) {
      const until = iso(Date.parse(from) + 3 * DAY_MS);
      const hours = Array.from({ length: 72 }, (_, index) => iso(Date.parse(from) + (index + 1) * HOUR_MS));
      expect(timesBetween('0 * * * *', timeZone, [from, until])).toEqual(hours);
    }
  });
});

describe('findCronProblem', () => {
  it.each(['0 9 * * 1-5', '@daily', '*/5 * * * * *', '0 0 L * *'])('reads %s', (cron) => {
    expect(findCronProblem(cron)).toBeNull();
  });

  it.each(['', '* * * *', '61 * * * *', '0 9 * * XXX', '0 0 0 1 1 * 2030', `${'0,'.repeat(200)}0 * * * *`])(
    'says what is wrong with "%s"',
    (cron) => {
      expect(findCronProblem(cron)).not.toBeNull();
    },
  );

  it('knows the zones of the IANA database', () => {
    expect(['Europe/Zurich', 'UTC', 'Mars/Olympus', ''].map((zone) => isTimeZone(zone))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('dueTimes', () => {
  const due = (catchUp: CatchUp, cron: string, nextAt: string, now: string): string[] =>
    dueTimes({ cron, timeZone: 'Europe/Zurich', nextAt: Date.parse(nextAt), now: Date.parse(now), catchUp }).map(
      (time) => iso(time),
    );

  it.each(['skip', 'latest', 'all'] as const)('starts a time that has just come, with %s', (catchUp) => {
    expect(due(catchUp, '0 * * * *', '2026-11-23T09:00:00Z', '2026-11-23T09:00:02Z')).toEqual([
      '2026-11-23T09:00:00.000Z',
    ]);
  });

  it('makes up for an hour as the policy says', () => {
    const gap = ['*/20 * * * *', '2026-11-23T09:00:00Z', '2026-11-23T10:10:00Z'] as const;
    expect(due('skip', ...gap)).toEqual([]);
    expect(due('latest', ...gap)).toEqual(['2026-11-23T10:00:00.000Z']);
    expect(due('all', ...gap)).toEqual(
      ['09:00', '09:20', '09:40', '10:00'].map((time) => `2026-11-23T${time}:00.000Z`),
    );
  });

  it('makes up for three months as the policy says, and for a hundred times at most', () => {
    const gap = ['0 6 * * *', '2026-08-24T04:00:00Z', '2026-11-23T09:00:00Z'] as const;
    expect(due('skip', ...gap)).toEqual([]);
    expect(due('latest', ...gap)).toEqual(['2026-11-23T05:00:00.000Z']);
    expect(due('all', ...gap)).toHaveLength(92);
    const everySecond = due('all', '* * * * * *', '2026-08-24T04:00:00Z', '2026-11-23T09:00:00Z');
    expect(everySecond).toHaveLength(MAX_CAUGHT_UP);
    expect(everySecond.at(-1)).toBe('2026-11-23T09:00:00.000Z');
  });
});

const field = (min: number, max: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant('*'),
    fc.integer({ min, max }).map(String),
    fc.integer({ min: 2, max: Math.max(2, Math.floor(max / 2)) }).map((step) => `*/${step}`),
    fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 3 }).map((values) => values.join(',')),
  );

const ZONES = [
  'UTC',
  'Europe/Zurich',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'Africa/Casablanca',
  'Pacific/Apia',
];
const CRONS = fc
  .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6))
  .map((fields) => fields.join(' '));
// Around a change of the clocks, or anywhere.
const INSTANTS = fc.oneof(
  fc
    .constantFrom('2026-03-08', '2026-03-29', '2026-04-05', '2026-10-25', '2026-11-01')
    .chain((day) => fc.integer({ min: -DAY_MS, max: DAY_MS }).map((offset) => Date.parse(day) + offset)),
  fc.integer({ min: Date.parse('2024-01-01'), max: Date.parse('2030-01-01') }),
);

it('goes strictly forward whatever the expression, and finds the same times looking back', () => {
  fc.assert(
    fc.property(CRONS, fc.constantFrom(...ZONES), INSTANTS, (cron, timeZone, start) => {
      const times: number[] = [];
      for (
        let at = nextFireAt(cron, timeZone, start);
        at !== null && times.length < 6;
        at = nextFireAt(cron, timeZone, at)
      ) {
        expect(at).toBeGreaterThan(times.at(-1) ?? start);
        times.push(at);
      }
      if (times.length === 0) return;
      expect(lastFireTimes(cron, timeZone, { until: times.at(-1) ?? start, count: times.length })).toEqual(times);
    }),
    { numRuns: 300 },
  );
});
