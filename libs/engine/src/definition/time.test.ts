import { expect, it } from 'vitest';
import { parseTime } from './time.ts';

it.each([
  ['2026-12-24T18:00:00Z', '2026-12-24T18:00:00.000Z'],
  ['2026-12-24T18:00:00.5+01:00', '2026-12-24T17:00:00.500Z'],
  ['2026-12-24 18:00:00-0230', '2026-12-24T20:30:00.000Z'],
  ['2028-02-29', '2028-02-29T00:00:00.000Z'],
])('reads %s', (text, time) => {
  expect(parseTime(text)).toBe(Date.parse(time));
});

it('takes a time without an offset in UTC, wherever it is read', () => {
  expect(parseTime('2026-07-01T10:00')).toBe(Date.UTC(2026, 6, 1, 10));
});

it.each(['2026-02-30', '2026-02-30T10:00Z', '2026-13-01', '2026-12-24T25:00Z', 'May 5', '2026', '5', ''])(
  'takes %j for no time',
  (text) => {
    expect(parseTime(text)).toBeUndefined();
  },
);
